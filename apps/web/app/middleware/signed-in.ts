import { useCurrentUser } from '#chat/entities/user/composables/useCurrentUser.ts'

export default defineNuxtRouteMiddleware(async (to) => {
  const { user, load } = useCurrentUser()
  if (user.value ?? (await load())) return
  return navigateTo({ path: '/auth', query: { next: to.fullPath } })
})
