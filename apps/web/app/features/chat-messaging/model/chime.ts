const TONES = [
  { hertz: 784, at: 0 },
  { hertz: 1047, at: 0.13 },
]
const LOUDNESS = 0.12
const FADE_SECONDS = 0.5
const PAUSE_MS = 1_000

/** Two soft tones, at most once in a second. Silent until the person has used the page: browsers insist on that. */
export function createChime(signal: AbortSignal): () => void {
  let audio: AudioContext | null = null
  let rungAt = -Infinity

  function unlock() {
    audio ??= new AudioContext()
    void audio.suspend() // so that no device is kept busy
  }
  for (const type of ['pointerdown', 'keydown'])
    document.addEventListener(type, unlock, { once: true, capture: true, signal })
  signal.addEventListener('abort', () => void audio?.close())

  return () => {
    if (!audio || performance.now() - rungAt < PAUSE_MS) return
    rungAt = performance.now()
    void ring(audio)
  }
}

async function ring(audio: AudioContext): Promise<void> {
  await audio.resume()
  const tones = TONES.map(({ hertz, at }) => play(audio, hertz, audio.currentTime + at))
  await tones.at(-1)
  await audio.suspend()
}

function play(audio: AudioContext, hertz: number, at: number): Promise<unknown> {
  const tone = new OscillatorNode(audio, { frequency: hertz })
  const volume = new GainNode(audio, { gain: 0 })
  volume.gain.setValueAtTime(LOUDNESS, at)
  volume.gain.exponentialRampToValueAtTime(0.001, at + FADE_SECONDS)
  tone.connect(volume).connect(audio.destination)
  tone.start(at)
  tone.stop(at + FADE_SECONDS)
  return new Promise((resolve) => (tone.onended = resolve))
}
