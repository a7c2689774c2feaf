using System.Buffers.Binary;
using System.Text;
using Galley.DynamoDB.Streams;
using Galley.DynamoDB.Upkeep;
using Galley.Store;
using Galley.Wire;

namespace Galley.DynamoDB;

/// <summary>
/// What DynamoDB keeps where:
/// <code>
/// dynamodb account region table  name                                    the table's definition (JSON)
/// dynamodb account region item   table-id 0 hash partition sort          an item
/// dynamodb account region item   table-id n hash partition sort key      its entry in index n; key = the item's own partition and sort
/// dynamodb account region token  token                                   a transaction's client token
/// dynamodb account region expiry time token                              the same by the time it ends
/// dynamodb dropped account region table-id                               items of a deleted table that are still to be removed
/// dynamodb held account region table-id name                             a restore into the table `name` still reads these items: they are not removed yet
/// dynamodb account region stream table-name label                        a stream (JSON)
/// dynamodb account region record table-id label position                 a stream's record
/// dynamodb account region last   table-id label                          the position of its newest record
/// dynamodb account region history table-id number change position        what an item was before a change, for point-in-time recovery
/// dynamodb account region backup table-name id                           a backup (JSON); its items lie as a table's do
/// dynamodb account region export|import table-name id                     an export, an import (JSON)
/// dynamodb due time kind table-id …                                      background work by the time it is due
/// </code>
/// The hash of the partition key spreads the partitions, so that a scan's segments are plain ranges; sort keys stand in order.
/// </summary>
internal static class Keys
{
    /// <summary>Bytes of a partition's hash, behind the space.</summary>
    public const int HashLength = 8;

    private static readonly byte[] Ours = Key.Of("dynamodb"), ItemsPart = Key.Of("item");

    public static byte[] Table(Call call, string name) => Key.Of("dynamodb", call.Account, call.Region, "table", name);

    public static byte[] Tables(Call call) => Key.Of("dynamodb", call.Account, call.Region, "table");

    public static byte[] Items(string account, string region, string tableId) => Key.Of("dynamodb", account, region, "item", tableId);

    public static byte[] Token(Call call, string token) => Key.Of("dynamodb", call.Account, call.Region, "token", token);

    public static byte[] Expiries(Call call) => Key.Of("dynamodb", call.Account, call.Region, "expiry");

    public static byte[] Expiry(Call call, long time, string token) => Key.From(Expiries(call)).Add(time).Add(token).ToArray();

    public static byte[] Dropped() => Key.Of("dynamodb", "dropped");

    public static byte[] Dropped(string account, string region, string tableId) => Key.Of("dynamodb", "dropped", account, region, tableId);

    public static byte[] Held() => Key.Of("dynamodb", "held");

    public static byte[] Held(string account, string region, string tableId) => Key.Of("dynamodb", "held", account, region, tableId);

    public static byte[] Held(string account, string region, string tableId, string restored) => Key.Of("dynamodb", "held", account, region, tableId, restored);

    /// <summary>The name under which a recovery's changes are dropped and held.</summary>
    public static string HistoryId(string tableId, int recovery) => $"{tableId}-history-{recovery}";

    public static byte[] Streams(Call call) => Key.Of("dynamodb", call.Account, call.Region, "stream");

    public static byte[] Streams(Call call, string table) => Key.Of("dynamodb", call.Account, call.Region, "stream", table);

    public static byte[] Stream(string account, string region, string table, string label) => Key.Of("dynamodb", account, region, "stream", table, label);

    public static byte[] StreamRecords(string account, string region, StreamDocument stream) => Key.Of("dynamodb", account, region, "record", stream.TableId, stream.StreamLabel);

    public static byte[] StreamRecord(string account, string region, StreamDocument stream, long position) => Key.From(StreamRecords(account, region, stream)).Add(position).ToArray();

    public static byte[] StreamCounter(string account, string region, StreamDocument stream) => Key.Of("dynamodb", account, region, "last", stream.TableId, stream.StreamLabel);

    public static byte[] History(string account, string region, string tableId, int recovery)
        => Key.From(Key.Of("dynamodb", account, region, "history", tableId)).Add(recovery).ToArray();

    public static byte[] Backups(Call call) => Key.Of("dynamodb", call.Account, call.Region, "backup");

    public static byte[] Backups(Call call, string table) => Key.Of("dynamodb", call.Account, call.Region, "backup", table);

    public static byte[] Backup(string account, string region, string table, string id) => Key.Of("dynamodb", account, region, "backup", table, id);

    public static byte[] Exports(Call call) => Key.Of("dynamodb", call.Account, call.Region, "export");

    public static byte[] Exports(Call call, string table) => Key.Of("dynamodb", call.Account, call.Region, "export", table);

    public static byte[] Export(Call call, string table, string id) => Key.Of("dynamodb", call.Account, call.Region, "export", table, id);

    public static byte[] Imports(Call call) => Key.Of("dynamodb", call.Account, call.Region, "import");

    public static byte[] Imports(Call call, string table) => Key.Of("dynamodb", call.Account, call.Region, "import", table);

    public static byte[] Import(Call call, string table, string id) => Key.Of("dynamodb", call.Account, call.Region, "import", table, id);

    public static byte[] Due() => Key.Of("dynamodb", "due");

    public static byte[] Due(long time) => Key.From(Due()).Add(time).ToArray();

    public static byte[] Due(long time, DueWork work, ReadOnlySpan<byte> distinct)
        => Key.From(Due(time)).Add(work.Kind).Add(work.TableId).Add(work.Label ?? "").Add(work.Number).Raw(distinct).ToArray();

    /// <summary>Prefix of the table's items (0) or of one index.</summary>
    public static byte[] Space(byte[] items, int index) => [.. items, (byte)index];

    /// <summary>What a page from one key to another hangs on, as a length of the first: its partition where it stays within one, else the table or index.</summary>
    public static int GroupLength(byte[] space, byte[] from, byte[] to)
    {
        var partition = space.Length + HashLength;
        return from.Length < partition || to.Length < partition || !from.AsSpan(0, partition).SequenceEqual(to.AsSpan(0, partition)) ? space.Length : partition;
    }

    /// <summary>What pages a changed key is in (<see cref="ReadCache.GroupsOf"/>).</summary>
    public static (int Table, int Partition) Groups(byte[] key)
    {
        var space = SpaceLength(key);
        return (space, space > 0 && key.Length >= space + HashLength ? space + HashLength : 0);
    }

    /// <summary>How much of an item's or index entry's key is its space; 0 for any other key.</summary>
    public static int SpaceLength(ReadOnlySpan<byte> key)
    {
        if (!key.StartsWith(Ours)) return 0;
        var at = Ours.Length;
        for (var part = 0; part < 4; part++) // account, region, `item`, table; no text has a zero in it
        {
            if (part == 2 && !key[at..].StartsWith(ItemsPart)) return 0;
            var end = key[at..].IndexOf((byte)0);
            if (end < 0) return 0;
            at += end + 1;
        }

        return at < key.Length ? at + 1 : 0;
    }

    /// <summary>An item's key.</summary>
    public static byte[] Item(byte[] space, AttributeValue hash, AttributeValue? range) => range is null ? Item(space, 1, hash) : Item(space, 1, hash, range);

    /// <summary>An item's key or an index entry's, which ends in the item's own; the first parts make the partition.</summary>
    public static byte[] Item(byte[] space, int hashes, params ReadOnlySpan<AttributeValue> parts)
    {
        var room = space.Length + HashLength;
        foreach (var part in parts) room += Room(part);
        var bytes = room <= 1024 ? stackalloc byte[room] : new byte[room];
        space.CopyTo(bytes);
        var at = space.Length + HashLength;
        for (var i = 0; i < parts.Length; i++)
        {
            at += Write(bytes[at..], parts[i], ended: true);
            if (i == hashes - 1) BinaryPrimitives.WriteUInt64BigEndian(bytes[space.Length..], Hash(bytes[(space.Length + HashLength)..at]));
        }

        return bytes[..at].ToArray();
    }

    /// <summary>The partition's prefix with a sort value, whole or (for begins_with) open.</summary>
    public static byte[] Sort(byte[] partition, AttributeValue sort, bool open = false)
    {
        var bytes = new byte[partition.Length + Room(sort)];
        partition.CopyTo(bytes.AsSpan());
        var length = partition.Length + Write(bytes.AsSpan(partition.Length), sort, ended: !open);
        return bytes.AsSpan(0, length).ToArray();
    }

    /// <summary>The range of one scan segment: an even share of the hashes.</summary>
    public static (byte[] From, byte[] To) Segment(byte[] space, int segment, int total)
    {
        return (segment == 0 ? space : Bound(segment), segment == total - 1 ? Key.After(space) : Bound(segment + 1));

        byte[] Bound(int part)
        {
            var bytes = new byte[space.Length + HashLength];
            space.CopyTo(bytes.AsSpan());
            BinaryPrimitives.WriteUInt64BigEndian(bytes.AsSpan(space.Length), (ulong)((UInt128.One << 64) * (UInt128)part / (UInt128)total));
            return bytes;
        }
    }

    private static int Room(AttributeValue part) => part.Type switch
    {
        AttributeType.S => 2 + 2 * Encoding.UTF8.GetByteCount(part.Text),
        AttributeType.B => 2 + 2 * part.Bytes.Length,
        _ => 24,
    };

    /// <summary>
    /// A type byte, then bytes in the value's order; text and bytes end in 00, an inner 00 is 01 01 and an inner 01 is 01 02. So no
    /// whole part is the beginning of another one, and a prefix of parts means just these parts.
    /// </summary>
    private static int Write(Span<byte> bytes, AttributeValue part, bool ended)
    {
        bytes[0] = (byte)(1 + part.Type);
        var length = 1;
        if (part.Type == AttributeType.N) return length + Number.Encode(part.Text, bytes[1..]);
        if (part.Type == AttributeType.S && part.Text.AsSpan().IndexOfAny('\0', '\u0001') < 0) length += Encoding.UTF8.GetBytes(part.Text, bytes[1..]);
        else
            foreach (var b in part.Type == AttributeType.S ? Encoding.UTF8.GetBytes(part.Text) : part.Bytes)
                if (b > 1) bytes[length++] = b;
                else
                {
                    bytes[length++] = 1;
                    bytes[length++] = (byte)(b + 1);
                }

        if (ended) bytes[length++] = 0;
        return length;
    }

    /// <summary>FNV-1a with a last mixing, so that the high bits, which cut the segments, depend on every byte.</summary>
    private static ulong Hash(ReadOnlySpan<byte> bytes)
    {
        var hash = 14695981039346656037UL;
        foreach (var b in bytes) hash = (hash ^ b) * 1099511628211UL;
        hash = (hash ^ hash >> 33) * 0xff51afd7ed558ccdUL;
        hash = (hash ^ hash >> 33) * 0xc4ceb9fe1a85ec53UL;
        return hash ^ hash >> 33;
    }
}
