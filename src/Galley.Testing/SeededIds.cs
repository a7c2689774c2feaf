using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Galley.Wire;

namespace Galley.Testing;

/// <summary>
/// Ids and random bytes out of one number. Every operation draws from a stream of its own, named by what it is and its how-manieth it is, so that
/// what runs beside it changes nothing.
/// </summary>
internal sealed class SeededIds(int seed) : Ids
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, int> _begun = [];
    private readonly AsyncLocal<Random?> _own = new();
    private readonly Random _shared = new(seed);

    public override void Begin(string scope)
    {
        int number;
        lock (_gate) _begun[scope] = number = _begun.GetValueOrDefault(scope) + 1;
        _own.Value = new Random(BinaryPrimitives.ReadInt32LittleEndian(SHA256.HashData(Encoding.UTF8.GetBytes($"{seed} {number} {scope}"))));
    }

    public override void Fill(Span<byte> bytes)
    {
        lock (_gate) (_own.Value ?? _shared).NextBytes(bytes);
    }
}
