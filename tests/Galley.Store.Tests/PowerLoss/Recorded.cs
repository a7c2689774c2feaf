using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Galley.Store.Embedded;

namespace Galley.Store.Tests.PowerLoss;

/// <summary>Runs of the workload under the recorder, and the judgement of what a crash leaves.</summary>
internal sealed class Recorded : IDisposable
{
    private static readonly string Source = Path.Combine(Root(), "tests", "Galley.Store.Tests", "PowerLoss", "disk.c");
    private readonly string _place = Directory.CreateTempSubdirectory("galley-power-").FullName;

    /// <summary>Why there can be no recording here; null when there can.</summary>
    public static string? Missing => !OperatingSystem.IsLinux() ? "the recorder is made for Linux"
        : !((string[])["/usr/bin/cc", "/usr/local/bin/cc"]).Any(File.Exists) ? "there is no C compiler (cc) to build the recorder with" : null;

    private string Library => Path.Combine(_place, "disk.so");

    private string Data => Path.Combine(_place, "data");

    private string Log => Path.Combine(_place, "log");

    public async Task Compile()
    {
        using var compiler = Process.Start(new ProcessStartInfo("cc", ["-shared", "-fPIC", "-O1", "-o", Library, Source, "-lpthread", "-ldl"]) { RedirectStandardError = true })!;
        var errors = await compiler.StandardError.ReadToEndAsync();
        await compiler.WaitForExitAsync();
        Assert.True(compiler.ExitCode == 0, errors);
    }

    /// <summary>Runs the workload from an empty folder, as many processes one after the other as there are lengths.</summary>
    /// <param name="fail">Which flush of the last process fails; 0: none.</param>
    public async Task<List<DiskChange>> Record(IReadOnlyList<int> lengths, int fail = 0)
    {
        if (Directory.Exists(Data)) Directory.Delete(Data, recursive: true);
        File.Delete(Log);
        Directory.CreateDirectory(Data);
        for (var run = 0; run < lengths.Count; run++)
        {
            var start = new ProcessStartInfo(Environment.ProcessPath!, ["--workload", Data, run.ToString(CultureInfo.InvariantCulture), lengths[run].ToString(CultureInfo.InvariantCulture)])
            {
                RedirectStandardError = true,
                RedirectStandardOutput = true,
            };
            start.Environment["LD_PRELOAD"] = Library;
            start.Environment["GALLEY_DISK_ROOT"] = Data;
            start.Environment["GALLEY_DISK_LOG"] = Log;
            if (fail > 0 && run == lengths.Count - 1) start.Environment["GALLEY_DISK_FAIL"] = fail.ToString(CultureInfo.InvariantCulture);
            using var process = Process.Start(start)!;
            var error = process.StandardError.ReadToEndAsync();
            _ = process.StandardOutput.ReadToEndAsync();
            await process.WaitForExitAsync();
            Assert.True(process.ExitCode == 0 || fail > 0, await error);
        }

        return DiskLog.Read(Log, Data);
    }

    /// <summary>The power goes after <paramref name="moment"/> changes; what was acknowledged must be there, whole. Null when it is.</summary>
    public async Task<string?> Judge(List<DiskChange> changes, int moment, int seed, Meanness meanness)
    {
        var folder = Path.Combine(_place, $"state-{seed}");
        Directory.CreateDirectory(folder);
        try
        {
            new LostPower(new Random(seed), meanness).Build(changes.Take(moment).Where(change => change.Path != "said"), folder);
            return await Problem(folder, Said(changes.Take(moment)).Where(said => said.What == 'a').ToLookup(said => said.Task, said => said.Number));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return e.Message;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>The lines of the workload: what, task, number, and where in the recording.</summary>
    public static IEnumerable<(char What, int Task, int Number, int At)> Said(IEnumerable<DiskChange> changes)
        => changes.Index().Where(change => change.Item is { Path: "said", Kind: 'W' }).Select(change =>
        {
            var parts = Encoding.UTF8.GetString(change.Item.Data).Split(' ');
            return (parts[0][0], int.Parse(parts[1], CultureInfo.InvariantCulture), int.Parse(parts[2], CultureInfo.InvariantCulture), change.Index);
        });

    public void Dispose() => Directory.Delete(_place, recursive: true);

    private static async Task<string?> Problem(string folder, ILookup<int, int> acknowledged)
    {
        await using var store = new RocksStore(Path.Combine(folder, "store"));
        var blobs = new FileBlobs(Path.Combine(folder, "blobs"));
        var problem = await store.Read(async snapshot =>
        {
            for (var task = 0; task < Workload.Tasks; task++)
            {
                var last = await Text(snapshot, $"last{task}");
                if (last != await Text(snapshot, $"left{task}") || last != await Text(snapshot, $"right{task}")) return $"task {task}: half a transaction";
                var reached = last is null ? -1 : int.Parse(last, CultureInfo.InvariantCulture);
                if (reached >= 0 && await snapshot.Get(Key.Of(Workload.Name(task, reached))) is null) return $"task {task}: half of {reached}";
                foreach (var number in acknowledged[task])
                {
                    if (number > reached) return $"task {task}: {number} was acknowledged, but the last is {reached}";
                    if (await snapshot.Get(Key.Of(Workload.Name(task, number))) is not { } value || !value.AsSpan().SequenceEqual(Workload.Value(task, number))) return $"task {task}: {number} is lost";
                }

                if (await Text(snapshot, $"blob{task}") is not { } name) continue;
                try
                {
                    await using var blob = blobs.Open(name);
                    if (Convert.ToHexStringLower(await SHA256.HashDataAsync(blob)) != name) return $"task {task}: the blob {name} is damaged";
                }
                catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
                {
                    return $"task {task}: the blob {name} is lost";
                }
            }

            return null;
        });
        // And it must go on working.
        if (problem is null)
            await store.Write(transaction =>
            {
                transaction.Put(Key.Of("after"), [1]);
                return ValueTask.CompletedTask;
            });
        return problem;
    }

    private static async ValueTask<string?> Text(ISnapshot snapshot, string key) => await snapshot.Get(Key.Of(key)) is { } value ? Encoding.UTF8.GetString(value) : null;

    private static string Root()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "Galley.slnx"))) folder = Path.GetDirectoryName(folder)!;
        return folder;
    }
}
