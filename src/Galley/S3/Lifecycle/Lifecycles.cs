using Galley.Wire;

namespace Galley.S3;

/// <summary>PutBucketLifecycleConfiguration, GetBucketLifecycleConfiguration, DeleteBucketLifecycle.</summary>
internal sealed class Lifecycles(Settings settings, Installation installation)
{
    private const string MinimumHeader = "x-amz-transition-default-minimum-object-size", Minimum = "all_storage_classes_128K";

    public async ValueTask<Reply> PutBucketLifecycleConfiguration(S3Request request, Call call)
    {
        if (request.Header(MinimumHeader) is { } minimum and not Minimum) throw Errors.NotSupported($"{MinimumHeader}: {minimum}");
        var rules = LifecycleXml.Read(S3Xml.Parse(await IncomingBody.ReadAll(request, call), "LifecycleConfiguration"), NewId);
        await settings.Change(request.Bucket, call, bucket => bucket with { Lifecycle = rules });
        return new Reply().With(MinimumHeader, Minimum);
    }

    public async ValueTask<Reply> GetBucketLifecycleConfiguration(S3Request request, Call call)
    {
        var bucket = await settings.Get(request, call);
        var rules = bucket.Lifecycle ?? throw Errors.Never("NoSuchLifecycleConfiguration", "The lifecycle configuration does not exist", bucket.Name);
        return S3Xml.Answer("LifecycleConfiguration", writer =>
        {
            foreach (var rule in rules) LifecycleXml.Write(writer, rule);
        }).With(MinimumHeader, Minimum);
    }

    public async ValueTask<Reply> DeleteBucketLifecycle(S3Request request, Call call)
    {
        await settings.Change(request.Bucket, call, bucket => bucket with { Lifecycle = null });
        return new Reply(204);
    }

    /// <summary>An id for a rule that has none.</summary>
    public string NewId() => installation.Ids.Next(48);
}
