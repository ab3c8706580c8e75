export { productSchema, type Product } from '@parley/wire/demo'
