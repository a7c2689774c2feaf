using System.Diagnostics;

namespace ClassLibrary;

/// <summary>The bombs of the fault tests, in C#; the same in bombs.py and bombs.mjs of the tests.</summary>
public static class Bombs
{
    private const int NoMoreFiles = 24, NoSpace = 28;
    private static readonly List<byte[]> Kept = [];

    public static async Task<string> Run(Dictionary<string, string> @event)
    {
        ArgumentNullException.ThrowIfNull(@event);
        switch (@event.GetValueOrDefault("bomb"))
        {
            case "memory":
                return Memory();
            case "files":
                return Files();
            case "disk":
                return Disk(int.Parse(@event["parts"], System.Globalization.CultureInfo.InvariantCulture));
            case "threads":
                return Threads();
            case "output":
                for (var i = 0; i < 100; i++) Console.WriteLine(new string('x', (1 << 20) - 1));
                return "written";
            case "result":
                return new string('x', 6_291_555);
            case "forks":
                for (var i = 0; i < 200; i++) Start("sleep", "600");
                await Task.Delay(Timeout.Infinite);
                return "";
            case "daemon":
                for (var i = 0; i < 5; i++) Start("sh", "-c", "setsid sleep 600 </dev/null >/dev/null 2>&1 &");
                return "left";
            default:
                return "fine";
        }
    }

    private static string Memory()
    {
        try
        {
            while (true) Kept.Add(new byte[16 << 20]);
        }
        catch (OutOfMemoryException)
        {
            Kept.Clear();
            return "refused";
        }
    }

    private static string Files()
    {
        var open = new List<Microsoft.Win32.SafeHandles.SafeFileHandle>();
        try
        {
            while (true) open.Add(File.OpenHandle("/dev/null"));
        }
        catch (IOException e)
        {
            return e.HResult == NoMoreFiles ? "EMFILE" : e.ToString();
        }
        finally
        {
            foreach (var file in open) file.Dispose();
        }
    }

    private static string Disk(int parts)
    {
        var paths = Enumerable.Range(0, parts).Select(part => Path.Combine(Path.GetTempPath(), "big" + part)).ToList();
        try
        {
            var megabyte = new byte[1 << 20];
            foreach (var path in paths)
            {
                using var file = File.OpenHandle(path, FileMode.Create, FileAccess.Write);
                for (var i = 0; i < 600 / parts; i++) RandomAccess.Write(file, megabyte, (long)i << 20);
            }

            return "written";
        }
        catch (IOException e)
        {
            return e.HResult == NoSpace ? "ENOSPC" : e.ToString();
        }
        catch (ArgumentOutOfRangeException)
        {
            return "EFBIG"; // as .NET tells it
        }
        finally
        {
            foreach (var path in paths) File.Delete(path);
        }
    }

    private static string Threads()
    {
        var stop = new ManualResetEvent(false); // for them all to wait for, so never disposed of
        try
        {
            for (var i = 0; i < 3000; i++) new Thread(() => stop.WaitOne(), 8 << 20) { IsBackground = true }.Start();
            return "started";
        }
        catch (Exception e) when (e is OutOfMemoryException or ThreadStartException)
        {
            return "refused";
        }
        finally
        {
            stop.Set();
        }
    }

    private static void Start(string program, params string[] arguments) => Process.Start(program, arguments).Dispose();
}
