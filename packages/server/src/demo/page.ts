import type { Overview } from '../core/conversations.ts'
import type { UserId } from '../core/types.ts'
import { everybody, products } from './content.ts'
import type { Person, Product } from './content.ts'

/** Somebody who is signed in, with the conversations of the marketplace. */
export interface Visitor {
  id: UserId
  overviews: Overview[]
}

/** What the demo is and who one can be; without scripts, and without anything from elsewhere. */
export function demoPage(origin: string, visitor: Visitor | null): string {
  return `<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <title>Parley demo</title>
  <link rel="icon" href="/demo/parley.svg">
  <link rel="stylesheet" href="/demo/page.css">
</head>
<body>
<main>
  <header>
    <div class="brand">
      <img src="/demo/parley.svg" alt="">
      <h1>Parley</h1>
      <span class="badge">demo</span>
    </div>
    <p class="lead">A chat server that you run yourself, for products that need chat inside them. This one serves a
      small marketplace: six people, eight things for sale, and the conversations about them.</p>
    <p class="warning">Anybody on this machine can sign in as anybody here. Never put real people into a demo.</p>
  </header>
${peopleSection(visitor)}${visitor ? talkSection(visitor) : ''}
  <section>
    <h2>For sale</h2>
    <p>A conversation is about one of these: each buyer has one with its seller.</p>
    <ul class="products">
${products.map(productItem).join('\n')}
    </ul>
  </section>
${terminalSection(origin)}
</main>
<footer>
  API reference: <a href="/docs/marketplace">marketplace</a> for your front end,
  <a href="/docs/host">host</a> for your back end.
</footer>
</body>
</html>
`
}

const peopleSection = (visitor: Visitor | null) => `
  <section>
    <h2>Who do you want to be?</h2>
    <p>Each link opens a session, as your own application would after its login. Two browsers make two people.</p>
    <ul class="people">
${everybody.map((person) => personItem(person, person.id === visitor?.id)).join('\n')}
    </ul>
  </section>`

const personItem = ({ id, name, about }: Person, current: boolean) => `      <li>
        <a class="card" href="/demo/sign-in/${id}"${current ? ' aria-current="true"' : ''}>
          <img class="avatar" src="/demo/avatars/${id}.svg" alt="">
          <span class="text"><strong>${name}</strong><small>${about}</small></span>
          <span class="action">${current ? 'You' : 'Sign in'}</span>
        </a>
      </li>`

const talkSection = ({ id, overviews }: Visitor) => `
  <section>
    <h2>Conversations of ${nameOf(id)}</h2>
    <p>${overviews.length > 0 ? 'As they were when this page was loaded.' : 'None yet.'}</p>
    <ul class="people">
${overviews.map(talkItem).join('\n')}
    </ul>
  </section>`

const talkItem = ({ companion, subject, lastMessage, unread }: Overview) => `      <li class="card talk">
        <img class="avatar" src="${escape(companion?.avatarUrl)}" alt="">
        <span class="text">
          <strong>${escape(companion?.displayName)}</strong>
          <small>${escape(subject?.title)}</small>
          <small>${escape(lastMessage ? (lastMessage.text ?? 'Picture') : 'Nothing said yet')}</small>
        </span>
        ${unread > 0 ? `<span class="count" title="unread">${unread}</span>` : ''}
      </li>`

const productItem = ({ id, sellerId, title, price, status }: Product) => `      <li>
        <figure>
          <img src="/demo/products/${id}.svg" alt="" width="800" height="600" loading="lazy">
          <figcaption>
            <strong>${title}</strong>
            <span>${nameOf(sellerId)} <b>${status === 'sold' ? 'sold' : roubles(price)}</b></span>
          </figcaption>
        </figure>
      </li>`

const terminalSection = (origin: string) => `
  <section>
    <h2>From a terminal</h2>
    <p>Two official Centrifugo clients hold a conversation and print what each side sees:</p>
    <pre>npm run example -- ${origin}</pre>
    <p>Or ask by hand:</p>
    <pre>curl -sLo /dev/null -c cookies.txt ${origin}/demo/sign-in/1
curl -s -b cookies.txt ${origin}/api/vendor/conversations</pre>
  </section>`

const nameOf = (id: UserId) => everybody.find((person) => person.id === id)?.name ?? ''

// A narrow no-break space between thousands, as Russian writes them.
const roubles = (price: number) => `${String(price).replace(/\B(?=(\d{3})+$)/g, '\u202f')}\u00a0₽`

const ENTITIES: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** For what comes out of the database: the rest of the page is our own text. */
function escape(text: string | null | undefined): string {
  return (text ?? '').replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '')
}
