export default defineAppConfig({
  ui: { button: { slots: { base: 'rounded-lg' } } },
})
