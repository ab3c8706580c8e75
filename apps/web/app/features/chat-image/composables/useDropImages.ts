import { ref } from 'vue'

/** Tells when files are dragged over an element, and hands over what is dropped there. */
export function useDropImages(take: (files: File[]) => void) {
  // Each child that the pointer enters is left again.
  let depth = 0
  const dragging = ref(false)

  function move(by: 1 | -1, event: DragEvent): void {
    if (!event.dataTransfer?.types.includes('Files')) return
    depth += by
    dragging.value = depth > 0
  }

  return {
    dragging,
    onDragenter: (event: DragEvent) => move(1, event),
    onDragleave: (event: DragEvent) => move(-1, event),
    onDrop(event: DragEvent): void {
      depth = 0
      dragging.value = false
      const files = [...(event.dataTransfer?.files ?? [])]
      if (files.length > 0) take(files)
    },
  }
}
