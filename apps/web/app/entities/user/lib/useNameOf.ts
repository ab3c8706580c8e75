/** What people are called here: who was erased has no name any more. */
export function useNameOf() {
  const { t } = useI18n()
  return (person: { display_name: string }): string => person.display_name || t('chat.deletedUser')
}
