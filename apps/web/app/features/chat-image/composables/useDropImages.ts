import { ref } from 'vue'

/** Tells when files are dragged over an element, and hands over what is dropped there. */
export function useDropImages(take: (files: File[]) => void) {
  // Each child that the pointer enters is left again.
  let depth = 0
  const dragging = ref(false)

  function move(by: 1 | -1, event: DragEvent): void {
    if (!hasFiles(event)) return
    depth += by
    dragging.value = depth > 0
  }

  return {
    dragging,
    onDragenter: (event: DragEvent) => move(1, event),
    onDragleave: (event: DragEvent) => move(-1, event),
    /** Without it nothing could be dropped; texts are the browser's. */
    onDragover: (event: DragEvent) => hasFiles(event) && event.preventDefault(),
    onDrop(event: DragEvent): void {
      if (!hasFiles(event)) return
      event.preventDefault()
      depth = 0
      dragging.value = false
      take([...(event.dataTransfer?.files ?? [])])
    },
  }
}

const hasFiles = ({ dataTransfer }: DragEvent) => dataTransfer?.types.includes('Files') === true
