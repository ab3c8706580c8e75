import type { UserId } from '../core/types.ts'

export interface Person {
  id: UserId
  name: string
  about: { en: string; ru: string }
}

export interface Product {
  id: string
  sellerId: UserId
  title: string
  price: number
  status: 'active' | 'sold'
}

export interface Talk {
  buyerId: UserId
  productId: string
  lines: { from: UserId; text: string }[]
  /** Whether the last line has been read. */
  read: boolean
}

/** Everybody but the newcomer, whose list is empty: what a user sees on the first day. */
export const people: Person[] = [
  {
    id: '1',
    name: 'Анна Соколова',
    about: { en: 'Buys: camera, tyres, an armchair', ru: 'Покупает: фотоаппарат, шины, кресло' },
  },
  {
    id: '2',
    name: 'Oliver Bennett',
    about: { en: 'Sells coffee things and a turntable', ru: 'Продаёт всё для кофе и проигрыватель' },
  },
  {
    id: '3',
    name: 'Дмитрий Орлов',
    about: { en: 'Sells a bicycle and winter tyres', ru: 'Продаёт велосипед и зимние шины' },
  },
  {
    id: '4',
    name: 'Emma Clarke',
    about: { en: 'Sells a camera and a guitar', ru: 'Продаёт фотоаппарат и гитару' },
  },
  {
    id: '5',
    name: 'Мария Лебедева',
    about: { en: 'Sells furniture, buys coffee things', ru: 'Продаёт мебель, покупает всё для кофе' },
  },
]

export const newcomer: Person = {
  id: '6',
  name: 'Noah Kim',
  about: { en: 'New here: has not talked to anybody yet', ru: 'Впервые здесь: ещё ни с кем не говорил' },
}

export const everybody = [...people, newcomer]

export const avatarPath = (id: UserId) => `/demo/avatars/${id}.svg`
export const picturePath = (productId: string) => `/demo/products/${productId}.svg`

/** Prices are in roubles. */
export const products: Product[] = [
  { id: '101', sellerId: '3', title: 'Велосипед «Стриж», 7\u00a0скоростей', price: 24_500, status: 'active' },
  { id: '102', sellerId: '4', title: '35 mm film camera', price: 9_800, status: 'active' },
  { id: '103', sellerId: '5', title: 'Кресло «Фьорд», терракота', price: 18_900, status: 'active' },
  { id: '104', sellerId: '4', title: 'Acoustic guitar, spruce top', price: 15_400, status: 'active' },
  { id: '105', sellerId: '3', title: 'Зимние шины R16, 4\u00a0шт.', price: 21_000, status: 'active' },
  { id: '106', sellerId: '5', title: 'Настольная лампа', price: 3_200, status: 'active' },
  { id: '107', sellerId: '2', title: 'Moka pot, six cups', price: 2_600, status: 'active' },
  { id: '108', sellerId: '2', title: 'Turntable with a spare needle', price: 12_700, status: 'sold' },
]

export const talks: Talk[] = [
  {
    buyerId: '1',
    productId: '105',
    lines: [
      { from: '1', text: 'Здравствуйте! Какой остаток протектора?' },
      { from: '3', text: 'Добрый день. 7 мм, откатали один сезон. Шипы все на месте.' },
      { from: '1', text: 'Отлично. Можно забрать в субботу утром?' },
      { from: '3', text: 'Да, с десяти я в гараже. Адрес пришлю накануне.' },
    ],
    read: false,
  },
  {
    buyerId: '4',
    productId: '107',
    lines: [
      { from: '4', text: 'Hi! Does it work on an induction hob?' },
      { from: '2', text: 'It does: the base is steel. I use it on one every morning.' },
      { from: '4', text: 'Then I would like to have it. Is Thursday after six fine?' },
    ],
    read: false,
  },
  {
    buyerId: '1',
    productId: '103',
    lines: [
      { from: '1', text: 'Добрый вечер, кресло ещё продаётся?' },
      { from: '5', text: 'Да, продаётся. Обивка без пятен, ножки дубовые.' },
      { from: '1', text: 'А высота сиденья какая?' },
      { from: '5', text: '43 см. Могу прислать фото с рулеткой 🙂' },
    ],
    read: false,
  },
  {
    buyerId: '2',
    productId: '101',
    lines: [
      { from: '2', text: 'Hello! I am 185 cm tall. Will the frame fit?' },
      { from: '3', text: 'Hi! Yes, it is a 21-inch frame. My brother is 188 and rides it.' },
      { from: '2', text: 'Great, I will come and try it. Thanks, Dmitry!' },
    ],
    read: true,
  },
  {
    buyerId: '5',
    productId: '108',
    lines: [
      { from: '5', text: 'Здравствуйте! Do you speak Russian? I like the turntable.' },
      { from: '2', text: 'A little! Немного. It is sold, sorry. Извините!' },
      { from: '5', text: 'Жаль. Спасибо, что ответили!' },
    ],
    read: true,
  },
]
