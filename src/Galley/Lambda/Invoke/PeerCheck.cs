using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Galley.Lambda.Invoke;

/// <summary>
/// Whether the other end of a loopback connection is one of a worker's processes: Linux tells by /proc which process holds the
/// socket. Any local process could guess a port; none can borrow another's socket. Where there is no /proc, the port alone decides.
/// </summary>
internal static class PeerCheck
{
    public static bool Belongs(Socket socket, int worker)
    {
        if (!OperatingSystem.IsLinux()) return true;
        try
        {
            if (Inode(((IPEndPoint)socket.RemoteEndPoint!).Port, ((IPEndPoint)socket.LocalEndPoint!).Port) is not { } inode) return false;
            var link = $"socket:[{inode}]";
            return Holds(worker, link) || Directory.EnumerateDirectories("/proc")
                .Select(folder => int.TryParse(Path.GetFileName(folder.AsSpan()), NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? id : 0)
                .Any(id => id > 0 && id != worker && SessionOf(id) == worker && Holds(id, link));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or SocketException or ObjectDisposedException)
        {
            return false;
        }
    }

    /// <summary>The inode of the connection from one loopback port to another, by /proc/net/tcp.</summary>
    private static string? Inode(int from, int to)
    {
        string local = $":{from:X4}", remote = $":{to:X4}";
        foreach (var line in File.ReadLines("/proc/net/tcp"))
        {
            var columns = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (columns.Length > 9 && columns[1].EndsWith(local, StringComparison.Ordinal) && columns[2].EndsWith(remote, StringComparison.Ordinal) && columns[9] != "0") return columns[9];
        }

        // Clients that prefer IPv6 sockets reach 127.0.0.1 through a mapped address.
        foreach (var line in File.Exists("/proc/net/tcp6") ? File.ReadLines("/proc/net/tcp6") : [])
        {
            var columns = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (columns.Length > 9 && columns[1].EndsWith(local, StringComparison.Ordinal) && columns[2].EndsWith(remote, StringComparison.Ordinal) && columns[9] != "0") return columns[9];
        }

        return null;
    }

    private static bool Holds(int process, string link)
    {
        try
        {
            foreach (var file in Directory.EnumerateFileSystemEntries($"/proc/{process}/fd"))
                if (new FileInfo(file).LinkTarget == link)
                    return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // gone
        }

        return false;
    }

    private static int SessionOf(int process)
    {
        try
        {
            var stat = File.ReadAllText($"/proc/{process}/stat");
            return stat[(stat.LastIndexOf(')') + 2)..].Split(' ') is [_, _, _, var session, ..] ? int.Parse(session, CultureInfo.InvariantCulture) : 0;
        }
        catch (IOException)
        {
            return 0;
        }
    }
}
