import { z } from 'zod'

// What the marketplace of `npm start` has beside its chat: its people, and what they sell.

const person = z.object({
  id: z.number(),
  display_name: z.string(),
  avatar_url: z.string().nullable(),
})

/** Who is signed in; 401 where nobody is. */
export const meResponse = z.object({ data: person })
export type Me = z.infer<typeof person>

/** Whom one can be, with a line about each in both languages. */
export const demoPersonSchema = person.extend({ about: z.object({ en: z.string(), ru: z.string() }) })
export type DemoPerson = z.infer<typeof demoPersonSchema>
export const peopleResponse = z.object({ data: z.array(demoPersonSchema) })

/** A thing for sale, with its seller. Prices are in roubles. */
export const productSchema = z.object({
  id: z.number(),
  title: z.string(),
  price: z.number(),
  status: z.enum(['active', 'sold']),
  image_url: z.string(),
  seller: person,
})
export type Product = z.infer<typeof productSchema>
export const productResponse = z.object({ data: productSchema })
export const productListResponse = z.object({ data: z.array(productSchema) })

/** What signing in answers beside its cookies. */
export const signInResponse = z.object({ session: z.string(), csrf_token: z.string(), user: person })
