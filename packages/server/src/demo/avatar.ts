import type { UserId } from '../core/types.ts'

type Choice<T> = [T, ...T[]]

const BACKDROPS: Choice<string> = ['#f6b7a1', '#9ec9e8', '#b5d8b0', '#f3cf86', '#c9b8ea', '#8fd3cc']
const SHIRTS: Choice<string> = ['#7c3a4d', '#25527a', '#2f6b4f', '#a14f1f', '#54408c', '#1f6f6b']
const SKINS: Choice<string> = ['#f4cfb4', '#e9b991', '#f0c5a3', '#f7d8c3', '#d9a27a', '#eec29c']
const HAIRS: Choice<string> = ['#5a3322', '#c58a3d', '#2b2420', '#8c4a25', '#3a2a3d', '#1d1d22']

interface HairStyle {
  /** Drawn before the head. */
  behind: string
  above: string
}

const LONG: HairStyle = {
  behind: '<path d="M27 46c0-15 9-25 21-25s21 10 21 25v27H27z"/>',
  above: '<path d="M31 43c2-12 8-18 17-18s15 6 17 18c-9-2-15-6-18-12-3 6-9 10-16 12z"/>',
}
const SHORT: HairStyle = {
  behind: '',
  above: '<path d="M30 43c-1-14 7-22 18-22s19 8 18 22c-2-6-4-9-7-11-7 2-16 2-22 0-3 2-5 5-7 11z"/>',
}
const PARTED: HairStyle = {
  behind: '',
  above: '<path d="M30 44c-2-17 9-24 20-23 10 0 17 8 16 22-2-6-5-9-9-10-8 1-15-1-19-5-2 6-5 9-8 16z"/>',
}
const BUN: HairStyle = {
  behind: '<circle cx="48" cy="19" r="8"/>',
  above: '<path d="M30 43c0-13 7-21 18-21s18 8 18 21c-4-9-10-13-18-13s-14 4-18 13z"/>',
}
const STYLES: Choice<HairStyle> = [LONG, SHORT, PARTED, LONG, BUN, SHORT]

/** A friendly face, always the same for the same user. */
export function avatarOf(id: UserId): string {
  const n = Number(id) - 1
  const pick = <T>(of: Choice<T>): T => of[n % of.length] ?? of[0]
  const style = pick(STYLES)
  const hair = pick(HAIRS)
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 96 96" width="192" height="192">
  <rect width="96" height="96" fill="${pick(BACKDROPS)}"/>
  <g fill="${hair}">${style.behind}</g>
  <path d="M12 96c2-18 16-25 36-25s34 7 36 25z" fill="${pick(SHIRTS)}"/>
  <path d="M40 58h16v12c0 5-3 8-8 8s-8-3-8-8z" fill="${pick(SKINS)}"/>
  <path d="M40 64c4 4 12 4 16 0v5c-5 3-11 3-16 0z" fill="#000" fill-opacity=".09"/>
  <ellipse cx="48" cy="46" rx="17" ry="20" fill="${pick(SKINS)}"/>
  <g fill="${hair}">${style.above}</g>
  <g fill="#2a2326"><circle cx="41" cy="47" r="2"/><circle cx="55" cy="47" r="2"/></g>
  <path d="M42 56c3 4 9 4 12 0" fill="none" stroke="#2a2326" stroke-width="1.8" stroke-linecap="round"/>
</svg>
`
}
