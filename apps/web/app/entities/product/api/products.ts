import { productListResponse, productResponse } from '@parley/wire/demo'
import type { Product } from '#chat/entities/product/model/product.schema.ts'
import { request } from '#chat/shared/api/client.ts'

export const listProducts = async (): Promise<Product[]> =>
  (await request('GET', '/demo/products', productListResponse)).data

export const getProduct = async (id: number): Promise<Product> =>
  (await request('GET', `/demo/products/${id}`, productResponse)).data
