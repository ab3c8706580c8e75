import { describe, expect, test } from 'vitest'
import { mayBe, typeOfFile } from '../../src/core/file-types.ts'
import { animatedWebp, picture } from './image-files.ts'
import { docx, zipOf } from './zip-files.ts'

const WORD = 'application/vnd.openxmlformats-officedocument.wordprocessingml.document'
const SHEET = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet'

const latin1 = (text: string) => Buffer.from(text, 'latin1')

const EXE = latin1('MZ\x90\0\x03\0\0\0')
const PDF = latin1('%PDF-1.7\n%\xe2\xe3\xcf\xd3\n\0')
const GIF = latin1('GIF89a\x01\0\x01\0')
const MP4 = latin1('\0\0\0\x18ftypmp42\0\0\0\0mp42isom')
const COMPOUND = latin1('\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\0\0\0\0')
const TEXT = Buffer.from('BMW, 3 doors')
const UTF_16 = Buffer.from('\ufeff<?xml version="1.0"?>', 'utf16le')
const HTML = Buffer.from('<!doctype html><script>alert(1)</script>')
const SVG = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>')
const ZIP = zipOf({ 'a.txt': 'a' })

describe('the type of a file', () => {
  test.each([
    ['jpeg', 'image/jpeg'],
    ['png', 'image/png'],
    ['webp', 'image/webp'],
  ] as const)('is told from the bytes of a %s', async (format, type) => {
    const bytes = await picture().toFormat(format).toBuffer()
    expect(await typeOfFile(bytes, 'text/plain')).toBe(type)
  })

  test('is that of an image where the image moves', async () => {
    expect(await typeOfFile(await animatedWebp(), '')).toBe('image/webp')
    const still = await picture().png().toBuffer()
    const animation = latin1('\0\0\0\x08acTL\0\0\0\x01\0\0\0\0\0\0\0\0')
    expect(await typeOfFile(Buffer.concat([still.subarray(0, 33), animation, still.subarray(33)]), '')).toBe(
      'image/png',
    )
  })

  test.each<[string, Buffer, string, string]>([
    ['a program', EXE, 'application/pdf', 'application/x-msdownload'],
    ['a program', EXE, 'text/plain', 'application/x-msdownload'],
    ['a PDF', PDF, 'image/png', 'application/pdf'],
    ['a GIF', GIF, 'application/octet-stream', 'image/gif'],
    ['a film', MP4, 'text/html', 'video/mp4'],
    ['an archive', ZIP, 'application/x-zip-compressed', 'application/zip'],
    ['a document', docx(), 'application/zip', WORD],
  ])('is told from the bytes of %s (%#)', async (_, bytes, declared, type) => {
    expect(await typeOfFile(bytes, declared)).toBe(type)
  })

  test.each<[string, Buffer, string, string]>([
    ['text', TEXT, 'text/plain', 'text/plain'],
    ['text in UTF-16', UTF_16, 'Text/Plain', 'text/plain'],
    ['text', Buffer.from('a,b\n'), 'text/csv', 'text/csv'],
    ['a page', HTML, 'text/plain', 'text/plain'],
    ['a page', HTML, 'text/html', 'application/octet-stream'],
    ['a page', HTML, 'image/png', 'application/octet-stream'],
    ['a page', HTML, 'application/xhtml+xml', 'application/octet-stream'],
    ['a drawing', SVG, 'image/svg+xml', 'application/octet-stream'],
    ['a script', Buffer.from('alert(1)'), 'text/javascript', 'application/octet-stream'],
    ['anything', Buffer.from([0, 1, 2]), 'no type at all', 'application/octet-stream'],
  ])('of %s is what is said only where that is harmless (%#)', async (_, bytes, declared, type) => {
    expect(await typeOfFile(bytes, declared)).toBe(type)
  })
})

describe('a file', () => {
  test.each<[string, Buffer, string]>([
    ['a document, as an archive', docx(), 'application/zip'],
    ['a document', docx(), WORD],
    ['a document whose type is not at its beginning', ZIP, WORD],
    ['a document with a password', COMPOUND, SHEET],
    ['an archive', ZIP, 'application/x-zip-compressed'],
    ['a page', HTML, 'text/html'],
    ['a page, as text', HTML, 'text/plain'],
    ['a drawing', SVG, 'image/svg+xml'],
    ['a text that begins like a bitmap', TEXT, 'text/plain'],
    ['a text in UTF-16', UTF_16, 'text/xml'],
    ['a PDF', PDF, 'application/pdf'],
    ['a GIF', GIF, 'image/gif'],
    ['a film, as sound', MP4, 'audio/mp4'],
    ['source code that browsers take for a film', TEXT.subarray(4), 'video/mp2t'],
    ['a program', EXE, 'application/x-msdownload'],
    ['a program, as bytes', EXE, 'application/octet-stream'],
  ])('may be %s', async (_, bytes, declared) => {
    expect(await mayBe(bytes, declared)).toBe(true)
  })

  test.each<[string, Buffer, string]>([
    ['a PDF', EXE, 'application/pdf'],
    ['a PDF', HTML, 'application/pdf'],
    ['a text', EXE, 'text/plain'],
    ['a GIF', PDF, 'image/gif'],
    ['a photograph', EXE, 'image/heic'],
    ['a film', EXE, 'video/mp4'],
    ['a song', ZIP, 'audio/mpeg'],
    ['an archive', TEXT, 'application/zip'],
    ['a document', EXE, WORD],
    ['a document', HTML, SHEET],
  ])('is not %s only because it is said to be one (%#)', async (_, bytes, declared) => {
    expect(await mayBe(bytes, declared)).toBe(false)
  })
})
