/**
 * Joins the rows of a table that a key finds, as `name`. `offset 0` has them looked up one after the other: where a
 * statement was planned while there were few, the planner would read the whole table to join it, and go on to.
 */
export const lookup = (table: string, key: string, name: string) =>
  `cross join lateral (select * from ${table} where ${key} offset 0) ${name}`

/** The same where there may be none. */
export const leftLookup = (table: string, key: string, name: string) =>
  `left join lateral (select * from ${table} where ${key} offset 0) ${name} on true`
