/** Past its `exp` or, as in Centrifugo, before its `nbf`: the client may come again with a new one (error 109). */
export class TokenExpiredError extends Error {
  override readonly name = 'TokenExpiredError'
}

/** Forged, malformed or made for something else: coming again with it is no use. */
export class TokenInvalidError extends Error {
  override readonly name = 'TokenInvalidError'
}

/** Says nothing about the token: the keys could not be fetched. */
export class KeysUnavailableError extends Error {
  override readonly name = 'KeysUnavailableError'
}
