import type { Centrifuge, PublicationContext, Subscription, SubscriptionOptions } from 'centrifuge'
import { recordEvents, type Record } from './record.ts'

export interface Subscribed {
  subscription: Subscription
  publications: Record<PublicationContext>
}

/** The official client's subscription, when it has begun, and all that is published to it. */
export async function subscribeClient(
  client: Centrifuge,
  channel: string,
  options: Partial<SubscriptionOptions> = {},
): Promise<Subscribed> {
  const subscription = client.newSubscription(channel, {
    minResubscribeDelay: 1,
    maxResubscribeDelay: 20,
    ...options,
  })
  const publications = recordEvents<PublicationContext>(subscription, 'publication')
  subscription.subscribe()
  await subscription.ready()
  return { subscription, publications }
}

export function dataOf(publications: Record<PublicationContext>): unknown[] {
  return publications.all.map(({ data }) => data as unknown)
}
