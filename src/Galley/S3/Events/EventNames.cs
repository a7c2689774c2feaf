namespace Galley.S3.Events;

/// <summary>The events a bucket can tell of, and whether a configuration wants one.</summary>
internal static class EventNames
{
    private static readonly HashSet<string> Known =
    [
        "s3:ObjectCreated:*", "s3:ObjectCreated:Put", "s3:ObjectCreated:Post", "s3:ObjectCreated:Copy", "s3:ObjectCreated:CompleteMultipartUpload",
        "s3:ObjectRemoved:*", "s3:ObjectRemoved:Delete", "s3:ObjectRemoved:DeleteMarkerCreated",
        "s3:LifecycleExpiration:*", "s3:LifecycleExpiration:Delete", "s3:LifecycleExpiration:DeleteMarkerCreated", "s3:LifecycleTransition",
        "s3:ObjectTagging:*", "s3:ObjectTagging:Put", "s3:ObjectTagging:Delete", "s3:ObjectAcl:Put",
    ];

    /// <summary>AWS's events that nothing here can cause.</summary>
    private static readonly string[] Never = ["s3:ObjectRestore:", "s3:Replication:", "s3:IntelligentTiering", "s3:ReducedRedundancyLostObject", "s3:TestEvent"];

    public static void Check(string name)
    {
        if (Known.Contains(name)) return;
        throw Never.Any(start => name.StartsWith(start, StringComparison.Ordinal))
            ? Errors.NotSupported($"the event {name}")
            : Errors.InvalidArgument("The event is not supported for notifications", "Event", name);
    }

    public static bool Wants(Notification notification, string name, string key)
        => notification.Events.Any(wanted => Covers(wanted, name))
           && key.StartsWith(notification.Prefix ?? "", StringComparison.Ordinal) && key.EndsWith(notification.Suffix ?? "", StringComparison.Ordinal);

    /// <summary>Whether one change could go to both, which AWS does not allow.</summary>
    public static bool Overlap(Notification a, Notification b)
        => a.Events.Any(one => b.Events.Any(two => Covers(one, two[3..]) || Covers(two, one[3..])))
           && Nested(a.Prefix ?? "", b.Prefix ?? "", (text, start) => text.StartsWith(start, StringComparison.Ordinal))
           && Nested(a.Suffix ?? "", b.Suffix ?? "", (text, end) => text.EndsWith(end, StringComparison.Ordinal));

    private static bool Covers(string wanted, string name)
        => wanted.EndsWith('*') ? name.StartsWith(wanted[3..^1], StringComparison.Ordinal) : wanted.AsSpan(3).SequenceEqual(name);

    private static bool Nested(string a, string b, Func<string, string, bool> within) => within(a, b) || within(b, a);
}
