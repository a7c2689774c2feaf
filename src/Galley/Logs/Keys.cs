using Galley.Store;

namespace Galley.Logs;

/// <summary>
/// `logs / account / region / group / name` → <see cref="LogGroup"/>; `… / stream / group / name` → <see cref="LogStream"/>;
/// `… / event / group / stream / milliseconds / number` → <see cref="StoredEvent"/>, so that a range is in order of time.
/// </summary>
internal static class Keys
{
    public static byte[] Groups(string account, string region) => Key.Of("logs", account, region, "group");

    public static byte[] Group(string account, string region, string name) => Key.Of("logs", account, region, "group", name);

    public static byte[] Streams(string account, string region, string group) => Key.Of("logs", account, region, "stream", group);

    public static byte[] Stream(string account, string region, string group, string name) => Key.Of("logs", account, region, "stream", group, name);

    public static byte[] Events(string account, string region, string group) => Key.Of("logs", account, region, "event", group);

    public static byte[] Events(string account, string region, string group, string stream) => Key.Of("logs", account, region, "event", group, stream);

    public static byte[] EventsFrom(string account, string region, string group, string stream, long timestamp)
        => Key.From(Events(account, region, group, stream)).Add(timestamp).ToArray();

    public static byte[] Event(string account, string region, string group, string stream, long timestamp, long number)
        => Key.From(Events(account, region, group, stream)).Add(timestamp).Add(number).ToArray();
}
