declare module '#build/nuxt-icon-client-bundle' {
  export function init(
    addIcon: (name: string, icon: { width: number; height: number; body: string }) => void,
  ): void
}
