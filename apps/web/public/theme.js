// The theme that was chosen, or that of the system, before the first paint.
function chosen() {
  try {
    return localStorage.getItem('theme')
  } catch {
    return null // storage is forbidden
  }
}
const theme = chosen() ?? (matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light')
document.documentElement.classList.toggle('dark', theme === 'dark')
