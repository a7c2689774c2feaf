using System.Buffers.Binary;
using System.Text;

namespace Galley.Store.Tests.PowerLoss;

/// <param name="Kind">C created, W written, T truncated, B a flush begins, S it succeeded, F it failed, R renamed, U removed, M folder made.</param>
/// <param name="Number">Offset of a write, length of a truncation, number of a flush.</param>
internal sealed record DiskChange(char Kind, string Path, string Other, long Number, byte[] Data)
{
    public override string ToString() => $"{Kind} {Path} {Other} {Number} {Data.Length}";
}

/// <summary>What the recorder wrote down, paths relative to the root.</summary>
internal static class DiskLog
{
    public static List<DiskChange> Read(string file, string root)
    {
        var bytes = File.ReadAllBytes(file).AsSpan();
        var changes = new List<DiskChange>();
        while (bytes.Length >= 32)
        {
            var (path, other) = (BinaryPrimitives.ReadInt32LittleEndian(bytes[4..]), BinaryPrimitives.ReadInt32LittleEndian(bytes[8..]));
            var (number, length) = (BinaryPrimitives.ReadInt64LittleEndian(bytes[16..]), (int)BinaryPrimitives.ReadInt64LittleEndian(bytes[24..]));
            if (bytes.Length < 32 + path + other + length) break; // the process died here
            changes.Add(new((char)bytes[0], Relative(bytes.Slice(32, path)), Relative(bytes.Slice(32 + path, other)), number, bytes.Slice(32 + path + other, length).ToArray()));
            bytes = bytes[(32 + path + other + length)..];
        }

        return changes;

        string Relative(ReadOnlySpan<byte> path) => path.Length <= root.Length ? "" : Encoding.UTF8.GetString(path)[(root.Length + 1)..];
    }
}
