using System.Globalization;
using System.Text;
using Galley.Store.Embedded;
using Microsoft.Win32.SafeHandles;

namespace Galley.Store.Tests.PowerLoss;

/// <summary>
/// What the recorded process does: tasks that write transactions and blobs at once and say in the file `said` what was begun and what was
/// acknowledged. The recorder sees those lines in their place among all other changes.
/// </summary>
internal static class Workload
{
    public const int Tasks = 4;
    private const int SmallBuffer = 64 << 10; // so that the engine flushes, changes its logs and compacts within a short run

    /// <param name="folder">Where `store`, `blobs` and `said` lie.</param>
    /// <param name="run">Number of this process on the folder.</param>
    /// <param name="length">Writes of each task.</param>
    public static async Task<int> Run(string folder, int run, int length)
    {
        using var said = File.OpenHandle(Path.Combine(folder, "said"), FileMode.OpenOrCreate, FileAccess.Write);
        var saying = new Lock();
        try
        {
            await using var store = new RocksStore(Path.Combine(folder, "store"), writeBufferBytes: SmallBuffer);
            var blobs = new FileBlobs(Path.Combine(folder, "blobs"));
            await Task.WhenAll(Enumerable.Range(0, Tasks).Select(task => Task.Run(async () =>
            {
                for (var i = 0; i < length; i++) await Step(store, blobs, task, run * 10_000 + i, Say);
            })));
            return 0;
        }
        catch (IOException)
        {
            return 1;
        }

        void Say(char what, int task, int number)
        {
            lock (saying) Append(said, $"{what} {task} {number}\n");
        }
    }

    /// <summary>One write; what it puts follows from its task and number.</summary>
    private static async Task Step(IStore store, IBlobs blobs, int task, int number, Action<char, int, int> say)
    {
        say('b', task, number);
        try
        {
            // All tasks put the same content, so that they meet over one file; a failed try is made again, as clients do.
            BlobRef? blob = null;
            if (number % 3 == 0)
                try
                {
                    blob = await blobs.Put(new MemoryStream(Blob(number)));
                }
                catch (IOException)
                {
                    blob = await blobs.Put(new MemoryStream(Blob(number)));
                }

            await store.Write(transaction =>
            {
                Put(transaction, $"last{task}", Text(number));
                Put(transaction, $"left{task}", Text(number));
                Put(transaction, $"right{task}", Text(number));
                Put(transaction, Name(task, number), Value(task, number));
                if (blob is not null) Put(transaction, $"blob{task}", Encoding.UTF8.GetBytes(blob.Name));
                return ValueTask.CompletedTask;
            });
            say('a', task, number);
        }
        catch (IOException)
        {
            // Not acknowledged.
        }
    }

    public static string Name(int task, int number) => $"one{task}-{number}";

    public static byte[] Text(int number) => Encoding.UTF8.GetBytes(number.ToString(CultureInfo.InvariantCulture));

    public static byte[] Value(int task, int number) => Bytes(task * 31 + number, 200 + number * 37 % 1500);

    public static byte[] Blob(int number) => Bytes(number, 1000 + number * 7919 % 20_000);

    private static byte[] Bytes(int seed, int length)
    {
        var bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    private static void Put(ITransaction transaction, string key, byte[] value) => transaction.Put(Key.Of(key), value);

    private static void Append(SafeFileHandle file, string line) => RandomAccess.Write(file, Encoding.UTF8.GetBytes(line), RandomAccess.GetLength(file));
}
