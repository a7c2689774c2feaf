using CsCheck;
using Galley.Store.Embedded;

namespace Galley.Store.Tests;

/// <summary>What both stores promise.</summary>
public abstract class StoreTests
{
    protected abstract IStore Open();

    [Fact]
    public async Task Write_is_seen_by_the_next_read_and_a_throw_leaves_nothing()
    {
        await using var store = Open();
        await store.Write(tx => Put(tx, "a", "1"));
        await Assert.ThrowsAsync<InvalidOperationException>(() => store.Write(tx =>
        {
            tx.Put(Key.Of("a"), "2"u8.ToArray());
            throw new InvalidOperationException();
        }).AsTask());
        Assert.Equal("1", await store.Read(snapshot => Text(snapshot, "a")));
    }

    [Fact]
    public async Task A_transaction_sees_its_own_changes_in_order_both_ways()
    {
        await using var store = Open();
        await store.Write(async tx => { foreach (var k in "bdfh") await Put(tx, k.ToString(), k.ToString()); });
        await store.Write(async tx =>
        {
            await Put(tx, "a", "a");
            await Put(tx, "d", "D");
            await Put(tx, "e", "e");
            tx.Delete(Key.Of("f"));
            Assert.Equal("abDeh", await All(tx, false));
            Assert.Equal("heDba", await All(tx, true));
        });
        Assert.Equal("abDeh", await store.Read(snapshot => All(snapshot, false)));
        Assert.Equal("heDba", await store.Read(snapshot => All(snapshot, true)));
    }

    [Fact]
    public async Task A_read_keeps_its_snapshot_while_others_write()
    {
        await using var store = Open();
        await store.Write(tx => Put(tx, "a", "1"));
        await store.Read(async snapshot =>
        {
            await store.Write(tx => Put(tx, "a", "2"));
            Assert.Equal("1", await Text(snapshot, "a"));
            return 0;
        });
        Assert.Equal("2", await store.Read(snapshot => Text(snapshot, "a")));
    }

    [Fact]
    public async Task Writes_of_many_tasks_are_all_kept_and_run_one_after_the_other()
    {
        await using var store = Open();
        await Parallel.ForEachAsync(Enumerable.Range(0, 500), new ParallelOptions { MaxDegreeOfParallelism = 32 }, async (_, _) => await store.Write(async tx =>
        {
            var now = int.Parse(await Text(tx, "count") ?? "0", System.Globalization.CultureInfo.InvariantCulture);
            await Put(tx, "count", (now + 1).ToString(System.Globalization.CultureInfo.InvariantCulture));
        }));
        Assert.Equal("500", await store.Read(snapshot => Text(snapshot, "count")));
    }

    [Fact]
    public async Task Clear_empties()
    {
        await using var store = Open();
        await store.Write(tx => Put(tx, "a", "1"));
        await store.Clear();
        Assert.Equal("", await store.Read(snapshot => All(snapshot, false)));
    }

    [Fact]
    public async Task Visit_sees_what_Range_sees_and_stops_when_told()
    {
        await using var store = Open();
        await store.Write(async tx =>
        {
            foreach (var key in (string[])["a", "b", "c", "d"]) await Put(tx, key, key);
        });
        Assert.Equal(("bcd", "cba", "bc"), await store.Read(Visits));
        Assert.Equal(("cde", "ca", "cd"), await store.Write(async tx =>
        {
            tx.Delete(Key.Of("b"));
            await Put(tx, "e", "e");
            return await Visits(tx);
        }));

        static async ValueTask<(string Up, string Down, string Two)> Visits(ISnapshot snapshot)
            => (await Visit(snapshot, Key.Of("b"), [0xFF], false, 9), await Visit(snapshot, [], Key.Of("d"), true, 9), await Visit(snapshot, Key.Of("b"), [0xFF], false, 2));

        static async ValueTask<string> Visit(ISnapshot snapshot, byte[] from, byte[] to, bool descending, int most)
        {
            var text = "";
            await snapshot.Visit(from, to, descending, (key, value) =>
            {
                Assert.True(key.SequenceEqual(Key.Of(System.Text.Encoding.UTF8.GetString(value))));
                return (text += System.Text.Encoding.UTF8.GetString(value)).Length < most;
            });
            return text;
        }
    }

    [Fact]
    public async Task The_keys_of_a_commit_are_told_with_its_state_before_anybody_sees_it()
    {
        await using var store = Open();
        var told = new List<(int Keys, bool OfAll, bool Early)>();
        var (last, all) = (await State(), new HashSet<string>());
        store.Changing += (keys, state) =>
        {
            var shown = State().AsTask().GetAwaiter().GetResult();
            var texts = keys.Select(Convert.ToHexString).ToHashSet();
            told.Add((texts.Count, all.SetEquals(texts), shown == last && state > shown));
            last = state;
        };
        all = [Convert.ToHexString(Key.Of("a")), Convert.ToHexString(Key.Of("b"))];
        await store.Write(async tx => { await Put(tx, "a", "1"); await Put(tx, "b", "1"); });
        Assert.Equal(last, await State());
        all = [Convert.ToHexString(Key.Of("a"))];
        await store.Write(tx =>
        {
            tx.Delete(Key.Of("a"));
            return ValueTask.CompletedTask;
        });
        await store.Write(_ => ValueTask.FromResult(1));
        await Assert.ThrowsAsync<InvalidOperationException>(() => store.Write(tx =>
        {
            tx.Delete(Key.Of("b"));
            throw new InvalidOperationException();
        }).AsTask());
        Assert.Equal([(2, true, true), (1, true, true)], told);
        Assert.Equal(last, await State());
        all = [Convert.ToHexString(Key.Of("b"))];
        await store.Clear();
        Assert.Equal((1, true, true), told[^1]);

        ValueTask<long> State() => store.Read(snapshot => ValueTask.FromResult(snapshot.State));
    }

    [Fact]
    public async Task A_snapshot_shows_what_its_number_says()
    {
        await using var store = Open();
        await store.Write(tx => Put(tx, "n", "0"));
        var first = await store.Read(snapshot => ValueTask.FromResult(snapshot.State));
        var writing = Task.Run(async () =>
        {
            for (var n = 1; n <= 3000; n++) await store.Write(tx => Put(tx, "n", n.ToString(System.Globalization.CultureInfo.InvariantCulture)));
        });
        await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => Task.Run(async () =>
        {
            while (!writing.IsCompleted)
            {
                var (state, value) = await store.Read(async snapshot => (snapshot.State, await Text(snapshot, "n")));
                Assert.Equal((state - first).ToString(System.Globalization.CultureInfo.InvariantCulture), value);
            }
        })).Append(writing));
    }

    private static ValueTask Put(ITransaction tx, string key, string value)
    {
        tx.Put(Key.Of(key), System.Text.Encoding.UTF8.GetBytes(value));
        return ValueTask.CompletedTask;
    }

    private static async ValueTask<string?> Text(ISnapshot snapshot, string key) => await snapshot.Get(Key.Of(key)) is { } value ? System.Text.Encoding.UTF8.GetString(value) : null;

    private static async ValueTask<string> All(ISnapshot snapshot, bool descending)
    {
        var text = "";
        await foreach (var entry in snapshot.Range([], [0xFF], descending)) text += System.Text.Encoding.UTF8.GetString(entry.Value);
        return text;
    }
}

public sealed class MemoryStoreTests : StoreTests
{
    protected override IStore Open() => new MemoryStore();
}

public sealed class RocksStoreTests : StoreTests, IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("galley-store-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task What_was_written_is_there_after_opening_again_and_two_cannot_open()
    {
        await using (var first = Open())
        {
            await first.Write(tx =>
            {
                tx.Put(Key.Of("a"), [1]);
                return ValueTask.CompletedTask;
            });
            Assert.Throws<IOException>(() => Open());
        }

        await using var second = Open();
        Assert.Equal([1], await second.Read(snapshot => snapshot.Get(Key.Of("a"))));
    }

    [Fact]
    public async Task Closing_waits_for_writes_under_way_and_refuses_later_ones()
    {
        for (var round = 0; round < 20; round++)
        {
            var store = Open();
            var writes = Enumerable.Range(0, 16).Select(i => Task.Run(async () => await store.Write(tx =>
            {
                tx.Put(Key.Of($"{i}"), [1]);
                return ValueTask.CompletedTask;
            }))).ToList();
            await store.DisposeAsync();
            var kept = 0;
            foreach (var write in writes)
                try
                {
                    await write;
                    kept++;
                }
                catch (ObjectDisposedException)
                {
                    // came after the close
                }

            await using var again = Open();
            Assert.True(await again.Read(async snapshot => await snapshot.Range([], [0xFF]).CountAsync()) >= kept);
            await again.Clear();
        }
    }

    protected override IStore Open() => new RocksStore(_folder);
}

public class KeyOrderTests
{
    [Fact]
    public void Keys_sort_as_their_parts_do()
        => Gen.Select(Gen.String, Gen.Long, Gen.String, Gen.Long).Sample((a, m, b, n) =>
        {
            var parts = string.CompareOrdinal(a, b) is var order and not 0 && System.Text.Encoding.UTF8.GetBytes(a).AsSpan().SequenceCompareTo(System.Text.Encoding.UTF8.GetBytes(b)) is var bytes
                ? bytes : m.CompareTo(n);
            if (a != b && parts == 0) return true; // lone surrogates become the same replacement character
            var keys = new Key().Add(a).Add(m).ToArray().AsSpan().SequenceCompareTo(new Key().Add(b).Add(n).ToArray());
            return Math.Sign(parts) == Math.Sign(keys);
        });

    [Fact]
    public void After_is_the_first_key_behind_all_that_start_with_the_prefix()
        => Gen.Select(Gen.Byte.Array[1, 6], Gen.Byte.Array[0, 4]).Sample((prefix, rest)
            => ((byte[])[.. prefix, .. rest]).AsSpan().SequenceCompareTo(Key.After(prefix)) < 0);
}

public sealed class FileBlobsTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("galley-blobs-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Put_names_by_content_and_open_reads_it_back()
    {
        var blobs = new FileBlobs(_folder);
        var content = new byte[300_000];
        Random.Shared.NextBytes(content);
        var blob = await blobs.Put(new MemoryStream(content));
        Assert.Equal(blob, await blobs.Put(new MemoryStream(content)));
        Assert.Equal(Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(content)), blob.Name);
        await using var stream = blobs.Open(blob.Name);
        var back = new MemoryStream();
        await stream.CopyToAsync(back);
        Assert.Equal(content, back.ToArray());
        blobs.Delete(blob.Name);
        Assert.Throws<FileNotFoundException>(() => blobs.Open(blob.Name).Dispose());
        Assert.Throws<FileNotFoundException>(() => blobs.Open("../../etc/passwd").Dispose());
    }

    [Fact]
    public async Task A_stream_that_breaks_leaves_nothing()
    {
        var blobs = new FileBlobs(_folder);
        await Assert.ThrowsAsync<IOException>(() => blobs.Put(new Broken()).AsTask());
        Assert.Empty(Directory.GetFiles(_folder, "*", SearchOption.AllDirectories));
    }

    private sealed class Broken : MemoryStream
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => throw new IOException("cut");
    }
}
