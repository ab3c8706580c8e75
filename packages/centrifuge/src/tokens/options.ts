import { asObject, checkNames, fault } from '../faults.ts'

/** Centrifugo's `client.token` block (v6), by its own names; an empty string is the same as none. */
export interface TokenOptions {
  /** HS256, HS384, HS512. */
  hmac_secret_key?: string
  /** PEM; RS256, RS384, RS512. */
  rsa_public_key?: string
  /** PEM; ES256, ES384 or ES512, whichever belongs to its curve. */
  ecdsa_public_key?: string
  /** RS*, ES*, EdDSA, chosen by `kid`. As in Centrifugo the other keys are not used beside it. */
  jwks_public_endpoint?: string
  /** Tokens must have it among their `aud`. */
  audience?: string
  /** Tokens must have it as their `iss`. */
  issuer?: string
  /** The claim that holds the user, `sub` by default. */
  user_id_claim?: string
}

const keyNames = ['hmac_secret_key', 'rsa_public_key', 'ecdsa_public_key', 'jwks_public_endpoint'] as const
const names = [...keyNames, 'audience', 'issuer', 'user_id_claim']

/** The options that are set; throws on what would not work, naming it as `<prefix>.<name>`. */
export function parseTokenOptions(options: TokenOptions, prefix: string): TokenOptions {
  const given = asObject(prefix, options)
  checkNames(`${prefix}.`, given, names)
  for (const [name, value] of Object.entries(given))
    if (value !== undefined && typeof value !== 'string') throw fault(`${prefix}.${name}`, 'must be a string')
  const set = Object.fromEntries(Object.entries(options).filter(([, value]) => value)) as TokenOptions // as checked
  if (!keyNames.some((name) => set[name])) throw fault(prefix, `needs one of ${keyNames.join(', ')}`)
  checkValues(set, prefix)
  return set
}

function checkValues(options: TokenOptions, prefix: string): void {
  const { jwks_public_endpoint: endpoint, user_id_claim: claim } = options
  if (endpoint && !/^https?:$/.test(URL.parse(endpoint)?.protocol ?? '')) {
    throw fault(`${prefix}.jwks_public_endpoint`, 'must be an http or https URL')
  }
  if (claim && !/^[\w-]+$/.test(claim)) {
    throw fault(`${prefix}.user_id_claim`, 'may hold only letters, digits, - and _')
  }
}
