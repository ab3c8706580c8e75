import { beforeAll, describe, expect, test } from 'vitest'
import { messageResponse } from '@parley/wire/dialogs'
import { createColleague } from '../support/colleague.ts'
import { loadDescription } from '../support/described-api.ts'
import { answered, send, type Guest } from './guest.ts'
import type { House } from './house.ts'

/** What is kept as it is: the allow-list. */
const kept = [
  '<p>Hello, <strong>bold</strong> <b>b</b> <em>em</em> <i>i</i> <u>u</u> <s>s</s> <strike>x</strike></p>',
  '<ul><li>one</li><li>two</li></ul><ol><li>first</li></ol>',
  '<blockquote>Quoted</blockquote><pre class="language-js"><code class="x">1 &lt; 2 &amp;&amp; 3 &gt; 2</code></pre>',
  '<p>Hi <span data-type="mention" data-id="7" data-label="Ann" data-mention="x" class="m">@Ann</span></p>',
]

/** What markup of every kind becomes, whether it is meant to harm or not. */
const samples: [name: string, sent: string, shown: string][] = [
  ['a script', '<b>x</b><script>alert(1)</script>', '<b>x</b>'],
  ['a script in capital letters', '<b>x</b><ScRiPt >alert(1)</sCrIpT>', '<b>x</b>'],
  ['a script in pieces', '<b>x</b><scr<script>ipt>alert(1)</scr</script>ipt>', '<b>x</b>'],
  ['onerror', '<p>x<img src=x onerror=alert(1)></p>', '<p>x</p>'],
  ['onclick of what may be', '<p onclick="alert(1)" id="a" style="color:red">x</p>', '<p>x</p>'],
  ['a handler after a slash', '<b/onmouseover=alert(1)>x</b>', '<b>x</b>'],
  ['style', '<style>*{display:none}</style><b style="position:fixed">x</b>', '<b>x</b>'],
  [
    'an svg',
    '<svg onload=alert(1)><a xlink:href="javascript:alert(1)">y</a></svg>',
    '<a rel="noopener noreferrer">y</a>',
  ],
  ['mathml', '<b>x</b><math><mtext><table><mglyph><style><img src=x onerror=alert(1)></style>', '<b>x</b>'],
  [
    'a frame',
    '<b>x</b><iframe src="javascript:alert(1)"></iframe><object data="x"></object><embed src="x">',
    '<b>x</b>',
  ],
  ['a form', '<b>x</b><form action="https://evil.example"><input name="password"></form>', '<b>x</b>'],
  [
    'what goes elsewhere',
    '<b>x</b><base href="//evil.example"><meta http-equiv="refresh" content="0"><link rel=x>',
    '<b>x</b>',
  ],
  ['a comment', '<b>x</b><!-- <img src=x onerror=alert(1)> --><![CDATA[ y ]]>', '<b>x</b>'],
  ['a template', '<template><script>alert(1)</script></template><b>x</b>', '<b>x</b>'],
  ['a heading and a table', '<h1>Title</h1><table><tr><td><i>cell</i></td></tr></table>', 'Title<i>cell</i>'],
]

const LINK = 'rel="noopener noreferrer"'
const links: [sent: string, shown: RegExp][] = [
  [
    'https://example.com/?a=1&b=2',
    /^<a href="https:\/\/example\.com\/\?a=1&amp;b=2" rel="noopener noreferrer">x<\/a>$/,
  ],
  ['HTTP://example.com', /^<a href="HTTP:\/\/example\.com" rel="noopener noreferrer">x<\/a>$/],
  ...[
    'javascript:alert(1)',
    'JaVaScRiPt:alert(1)',
    ' javascript:alert(1)',
    'java\tscript:alert(1)',
    'java&#x0A;script:alert(1)',
    '&#106;avascript:alert(1)',
    '\u0001javascript:alert(1)',
    'data:text/html,<script>alert(1)</script>',
    'data:image/svg+xml;base64,PHN2Zz4=',
    'vbscript:msgbox(1)',
    'file:///etc/passwd',
    'blob:https://example.com/1',
    '//evil.example',
    '/relative',
    'mailto:a@example.com',
    'https:evil',
  ].map((href): [string, RegExp] => [href, /^<a rel="noopener noreferrer">x<\/a>$/]),
]

export function markup(house: House) {
  let anna: Guest
  let id: string
  beforeAll(async () => {
    anna = await house.guest()
    id = (await house.open([anna])).id
  })
  const write = async (content: string) => (await send(anna, id, content)).content

  test.each(kept)('keeps %s', async (html) => {
    expect(await write(html)).toBe(html)
  })

  test.each(samples)('of %s leaves what is safe', async (_, sent, shown) => {
    const first = await send(anna, id, 'To be edited')
    const edit = { content: sent }
    const path = `PUT /dialogs/${id}/messages/${first.id}`
    checkSafe(answered(messageResponse, await anna.call(path, edit)).data.content, shown)
    checkSafe(await write(sent), shown)
  })

  test.each(links)('a link to %j', async (href, shown) => {
    const html = `<a href="${href.replaceAll('"', '&quot;')}" onclick="alert(1)" rel="opener">x</a>`
    expect(await write(html)).toMatch(shown)
  })

  test('a link opens where it says, and never with its opener', async () => {
    const html = '<a href="https://example.com" target="_blank">x</a>'
    expect(await write(html)).toBe(`<a href="https://example.com" target="_blank" ${LINK}>x</a>`)
  })

  test('markup that is broken or deeper than anybody writes becomes markup that is not', async () => {
    expect(await write('<b><i>x</b></i>')).toBe('<b><i>x</i></b>')
    expect(await write('<p>open<b>still')).toBe('<p>open<b>still</b></p>')
    const deep = await write(`${'<b>'.repeat(5000)}x${'</b>'.repeat(5000)}`)
    expect(deep.match(/<b>/g)?.length).toBeLessThanOrEqual(50)
    expect(deep.match(/<b>/g)?.length).toBe(deep.match(/<\/b>/g)?.length)
    expect(await write('<a href="https://example.com" <script>alert(1)</script>>x</a>')).not.toMatch(
      /<script/i,
    )
  })

  test('what is safe is so again: what is read may be sent', async () => {
    for (const content of [...kept, ...samples.map(([, , shown]) => shown)])
      expect(await write(content)).toBe(content)
  })

  describe('plain text', () => {
    test('is what has no markup that would be kept', async () => {
      for (const text of ['Hi<script>alert(1)</script>', '<h1>Title</h1>', '<img src=x onerror=alert(1)>'])
        expect(await write(text)).toBe(escaped(text))
    })

    const texts = [
      '1 < 2 && 3 > 2',
      `"quotes" and 'such'`,
      'a <- b, c<d',
      'Fish & chips &amp; more',
      '😀 ß\n  two lines',
    ]

    test.each(texts)('is escaped here, and is itself elsewhere: %j', async (text) => {
      const org = `markup-${texts.indexOf(text)}`
      const [anna, boris] = [await house.guest({ org }), await house.guest({ org })]
      const { id } = await house.open([anna, boris])
      const api = await loadDescription(house.url, '/openapi/workspace.json')
      const there = createColleague(() => api, anna.id, { authorization: `Bearer ${anna.token}` })
      const [conversation] = (await there.ask('list-conversations')).data
      const sent = await there.ask('send-message', { conversationId: conversation?.id, content: text })
      expect(sent.data.content).toBe(text)
      const shown = await boris.call(`GET /dialogs/${id}/messages`)
      expect(JSON.stringify(shown.body)).toContain(JSON.stringify(escaped(text)))
    })

    test('elsewhere is what markup says, without the markup', async () => {
      const org = 'markup-elsewhere'
      const [anna, boris] = [await house.guest({ org }), await house.guest({ org })]
      const { id } = await house.open([anna, boris])
      const html =
        '<p>Hello &amp; <b>welcome</b></p><ul><li>one</li><li>two</li></ul><script>alert(1)</script>'
      await send(anna, id, html)
      const api = await loadDescription(house.url, '/openapi/workspace.json')
      const there = createColleague(() => api, boris.id, { authorization: `Bearer ${boris.token}` })
      const [conversation] = (await there.ask('list-conversations')).data
      const { data } = await there.ask('list-messages', { conversationId: conversation?.id })
      expect(data.at(-1)?.content).toBe('Hello & welcome\none\ntwo')
    })
  })
}

const escaped = (text: string) =>
  text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;')

/** It begins so, and has nothing after it that a browser would take for markup. */
function checkSafe(content: string, shown: string) {
  expect(content.slice(0, shown.length)).toBe(shown)
  expect(content.slice(shown.length)).not.toContain('<')
}
