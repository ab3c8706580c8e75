import { setImmediate as turn } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { createTurns } from '../src/turns.ts'

const CROWD = 300

/** Counts what leaves, and how often for each receiver. */
function open() {
  const leavings: number[][] = []
  const due = createTurns<number>((receivers) => leavings.push([...receivers]))
  const tellAll = () => {
    for (let n = 0; n < CROWD; n++) due(n)
  }
  const writes = () => leavings.splice(0).flat().length
  return { due, tellAll, writes, leavings }
}

describe('what receivers are given in a turn', () => {
  it('leaves at its end, once for each, in the order in which they were first told', async () => {
    const { due, leavings } = open()
    for (const receiver of [3, 1, 3, 2, 1]) due(receiver)
    expect(leavings).toEqual([])
    await turn()
    expect(leavings).toEqual([[3, 1, 2]])
    await turn()
    expect(leavings).toHaveLength(1)
  })

  it('leaves before its end where they are many, each once', async () => {
    const { tellAll, writes, leavings } = open()
    tellAll()
    const early = leavings.flat()
    expect(early.length).toBeGreaterThan(CROWD / 2)
    expect(early.length).toBeLessThan(CROWD)
    await turn()
    expect(leavings.flat()).toEqual(Array.from({ length: CROWD }, (_, n) => n))
    expect(writes()).toBe(CROWD)
  })

  it('waits for the end from when somebody is given more, and in the next turn', async () => {
    const { tellAll, writes, leavings } = open()
    for (let told = 0; told < 5; told++) tellAll()
    await turn()
    expect(writes()).toBeLessThanOrEqual(2 * CROWD)
    for (let told = 0; told < 5; told++) tellAll()
    expect(leavings).toEqual([])
    await turn()
    expect(writes()).toBe(CROWD)
  })

  it('waits no longer than there is a reason to', async () => {
    const { tellAll, leavings } = open()
    tellAll()
    tellAll()
    for (let turns = 0; turns < 8; turns++) {
      await turn()
      leavings.length = 0
      tellAll()
    }
    expect(leavings).not.toEqual([])
  })

  it('does not wait for who has been given two things before anybody else was told', async () => {
    const { due, tellAll, leavings } = open()
    due(0)
    due(0)
    await turn()
    leavings.length = 0
    tellAll()
    expect(leavings).not.toEqual([])
  })

  it('is written for who is told while a group leaves: one of it, one that waits, and somebody else', async () => {
    const written: number[] = []
    const besides = [0, 200, 1000]
    const due = createTurns<number>((receivers) => {
      for (const receiver of receivers) {
        written.push(receiver)
        if (receiver === 100) besides.splice(0).forEach(due)
      }
    })
    for (let n = 0; n < CROWD; n++) due(n)
    await turn()
    await turn()
    const counts = Map.groupBy(written, (receiver) => receiver)
    expect([0, 200, 1000].map((receiver) => counts.get(receiver)?.length)).toEqual([2, 1, 1])
    expect(counts.size).toBe(CROWD + 1)
  })

  it('is written for who is told while others are written to', async () => {
    const told: number[] = []
    const due = createTurns<number>((receivers) => {
      for (const receiver of receivers) {
        told.push(receiver)
        if (receiver === 1) due(2)
      }
    })
    due(1)
    await turn()
    await turn()
    expect(told).toEqual([1, 2])
  })
})
