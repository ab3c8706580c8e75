import { getCurrentScope } from 'vue'

/** Whether the component is still in use: what it has waited for may come when nobody looks at it any more. */
export function useHere(): () => boolean {
  const scope = getCurrentScope()
  return () => scope?.active === true
}
