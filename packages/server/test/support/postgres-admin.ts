import { randomBytes } from 'node:crypto'
import pg from 'pg'

export interface NamedDatabase {
  name: string
  url: string
}

export async function createDatabase(adminUrl: string, template?: string): Promise<NamedDatabase> {
  const name = `parley_test_${randomBytes(6).toString('hex')}`
  await run(adminUrl, `create database ${name}${template ? ` template ${template}` : ''}`)
  const url = new URL(adminUrl)
  url.pathname = name
  return { name, url: url.href }
}

export async function dropDatabase(adminUrl: string, name: string): Promise<void> {
  await run(adminUrl, `drop database if exists ${name} with (force)`)
}

async function run(adminUrl: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: adminUrl })
  await client.connect()
  try {
    await client.query(statement)
  } finally {
    await client.end()
  }
}
