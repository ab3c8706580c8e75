import { init } from '#build/nuxt-icon-client-bundle'
import { defineComponent, h } from 'vue'

interface Icon {
  width: number
  height: number
  body: string
}

const icons = new Map<string, Icon>()
init((name, icon) => icons.set(name, icon))

/** Draws `i-lucide-x` out of the icons that the build has gathered: what Nuxt UI's own icon is made to be here. */
export default defineComponent({
  props: { name: { type: String, required: true } },
  setup(props) {
    return () => {
      const icon = icons.get(props.name.replace(/^i-(\w+)-/, '$1:'))
      if (!icon) return null
      const viewBox = `0 0 ${icon.width} ${icon.height}`
      // Of the icon package, never from elsewhere.
      return h('svg', { viewBox, width: '1em', height: '1em', 'aria-hidden': 'true', innerHTML: icon.body })
    }
  },
})
