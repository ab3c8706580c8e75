import { defineAsyncComponent, type AsyncComponentLoader, type Component } from 'vue'
import { useNotice } from './useNotice.ts'

/** For parts that are fetched when they are first shown. Where that fails, a notice says so, and `close` takes them away. */
export function useLazy(close: () => void) {
  const { t } = useI18n()
  const notice = useNotice()
  return <T extends Component>(loader: AsyncComponentLoader<T>) =>
    defineAsyncComponent({
      loader,
      onError(_error, _retry, fail) {
        close()
        notice.show(t('chat.loadError'))
        fail()
      },
    })
}
