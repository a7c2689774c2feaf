using Galley.Wire;

namespace Galley.S3.Events;

/// <summary>What an event tells beside the object: its name, who did it, from where, in which request.</summary>
/// <param name="Event">Without `s3:`: `ObjectCreated:Put`.</param>
internal readonly record struct Cause(string Event, string PrincipalId, string SourceIp, string RequestId)
{
    public const string Put = "ObjectCreated:Put", Post = "ObjectCreated:Post", Copy = "ObjectCreated:Copy", Complete = "ObjectCreated:CompleteMultipartUpload",
        Delete = "ObjectRemoved:Delete", Expire = "LifecycleExpiration:Delete", TagPut = "ObjectTagging:Put", TagDelete = "ObjectTagging:Delete", Acl = "ObjectAcl:Put",
        Transition = "LifecycleTransition";

    public static Cause Of(Call call, string name)
        => new(name, call.Principal.Kind == PrincipalKind.Anonymous ? "Anonymous" : "AWS:" + (call.Principal.UserId.Length > 0 ? call.Principal.UserId : call.Account), call.SourceIp, call.RequestId);

    /// <summary>S3 itself, by a lifecycle rule.</summary>
    public static Cause Lifecycle(string name, string requestId) => new(name, "s3.amazonaws.com", "s3.amazonaws.com", requestId);

    /// <summary>The same, when what was made is a delete marker.</summary>
    public Cause Marks() => this with { Event = Event[..(Event.IndexOf(':', StringComparison.Ordinal) + 1)] + "DeleteMarkerCreated" };
}
