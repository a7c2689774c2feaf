/** The little of ZIP that a function's code needs: read all files, write them again. */
export interface ZipFile {
  name: string
  data: Uint8Array
}

export async function unzip(zip: Uint8Array): Promise<ZipFile[]> {
  const view = new DataView(zip.buffer, zip.byteOffset, zip.byteLength)
  let end = zip.length - 22
  while (end >= 0 && view.getUint32(end, true) !== 0x06054b50) end--
  if (end < 0) throw new Error('This is no ZIP file.')
  const files: ZipFile[] = []
  let at = view.getUint32(end + 16, true)
  for (let left = view.getUint16(end + 10, true); left > 0; left--) {
    const method = view.getUint16(at + 10, true)
    const packed = view.getUint32(at + 20, true)
    const [nameLength, extraLength, commentLength] = [view.getUint16(at + 28, true), view.getUint16(at + 30, true), view.getUint16(at + 32, true)]
    const header = view.getUint32(at + 42, true)
    const name = new TextDecoder().decode(zip.subarray(at + 46, at + 46 + nameLength))
    const start = header + 30 + view.getUint16(header + 26, true) + view.getUint16(header + 28, true)
    const raw = zip.slice(start, start + packed)
    if (!name.endsWith('/')) files.push({ name, data: method === 0 ? raw : await through(raw, new DecompressionStream('deflate-raw')) })
    at += 46 + nameLength + extraLength + commentLength
  }
  return files
}

export async function zip(files: ZipFile[]): Promise<Uint8Array> {
  const parts: Uint8Array[] = []
  const directory: Uint8Array[] = []
  let at = 0
  for (const { name, data } of files) {
    const packed = await through(data, new CompressionStream('deflate-raw'))
    const encoded = new TextEncoder().encode(name)
    const common = new DataView(new ArrayBuffer(26))
    common.setUint16(0, 20, true) // version
    common.setUint16(2, 0x800, true) // names in UTF-8
    common.setUint16(4, 8, true) // deflate
    common.setUint16(8, 0x21, true) // 1 January 1980
    common.setUint32(10, crc32(data), true)
    common.setUint32(14, packed.length, true)
    common.setUint32(18, data.length, true)
    common.setUint16(22, encoded.length, true)
    const shared = new Uint8Array(common.buffer)
    parts.push(bytesOf(0x50, 0x4b, 3, 4), shared, encoded, packed)
    const tail = new DataView(new ArrayBuffer(14))
    tail.setUint32(6, 0o100644 << 16, true) // readable by all, as Lambda wants it
    tail.setUint32(10, at, true)
    directory.push(bytesOf(0x50, 0x4b, 1, 2, 20, 3), shared, new Uint8Array(tail.buffer), encoded)
    at += 30 + encoded.length + packed.length
  }
  const size = directory.reduce((sum, part) => sum + part.length, 0)
  const end = new DataView(new ArrayBuffer(22))
  end.setUint32(0, 0x06054b50, true)
  end.setUint16(8, files.length, true)
  end.setUint16(10, files.length, true)
  end.setUint32(12, size, true)
  end.setUint32(16, at, true)
  return join([...parts, ...directory, new Uint8Array(end.buffer)])
}

const bytesOf = (...values: number[]) => Uint8Array.from(values)

function join(parts: Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}

const through = async (data: Uint8Array, stream: ReadableWritablePair): Promise<Uint8Array> => new Uint8Array(await new Response(new Blob([data as BlobPart]).stream().pipeThrough(stream)).arrayBuffer())

const table = Uint32Array.from({ length: 256 }, (_, n) => {
  for (let bit = 0; bit < 8; bit++) n = n & 1 ? 0xedb88320 ^ (n >>> 1) : n >>> 1
  return n
})

function crc32(data: Uint8Array): number {
  let crc = 0xffffffff
  for (const byte of data) crc = table[(crc ^ byte) & 0xff]! ^ (crc >>> 8)
  return (crc ^ 0xffffffff) >>> 0
}
