namespace Galley.DynamoDB;

/// <summary>CRC-32 (IEEE 802.3), which every DynamoDB answer carries; eight bytes a step over eight tables.</summary>
internal static class Crc32
{
    private static readonly uint[] Tables = Make();

    public static uint Of(ReadOnlySpan<byte> bytes)
    {
        var tables = Tables;
        var crc = uint.MaxValue;
        for (; bytes.Length >= 8; bytes = bytes[8..])
        {
            var low = System.Buffers.Binary.BinaryPrimitives.ReadUInt32LittleEndian(bytes) ^ crc;
            var high = System.Buffers.Binary.BinaryPrimitives.ReadUInt32LittleEndian(bytes[4..]);
            crc = tables[1792 + (low & 0xFF)] ^ tables[1536 + (low >> 8 & 0xFF)] ^ tables[1280 + (low >> 16 & 0xFF)] ^ tables[1024 + (low >> 24)]
                  ^ tables[768 + (high & 0xFF)] ^ tables[512 + (high >> 8 & 0xFF)] ^ tables[256 + (high >> 16 & 0xFF)] ^ tables[high >> 24];
        }

        foreach (var b in bytes) crc = crc >> 8 ^ tables[(crc ^ b) & 0xFF];
        return ~crc;
    }

    private static uint[] Make()
    {
        var tables = new uint[8 * 256];
        for (uint i = 0; i < 256; i++)
        {
            var crc = i;
            for (var bit = 0; bit < 8; bit++) crc = (crc & 1) != 0 ? crc >> 1 ^ 0xEDB88320 : crc >> 1;
            tables[i] = crc;
        }

        for (var i = 256; i < tables.Length; i++) tables[i] = tables[i - 256] >> 8 ^ tables[tables[i - 256] & 0xFF];
        return tables;
    }
}
