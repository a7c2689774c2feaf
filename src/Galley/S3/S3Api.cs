using System.Security.Cryptography;
using System.Text;
using Galley.Wire;

namespace Galley.S3;

/// <summary>
/// S3 on the wire (rest-xml): method, bucket or key, and sub-resource name the operation; every operation takes unsigned requests,
/// whom only a bucket policy can allow.
/// </summary>
internal sealed class S3Api(Access access, Cors cors, Ids ids) : AwsService
{
    /// <summary>Actions on a version that is named, where AWS has one apart.</summary>
    private static readonly Dictionary<string, string> OfVersions = new()
    {
        ["GetObject"] = "GetObjectVersion",
        ["DeleteObject"] = "DeleteObjectVersion",
        ["GetObjectTagging"] = "GetObjectVersionTagging",
        ["PutObjectTagging"] = "PutObjectVersionTagging",
        ["DeleteObjectTagging"] = "DeleteObjectVersionTagging",
        ["GetObjectAcl"] = "GetObjectVersionAcl",
        ["PutObjectAcl"] = "PutObjectVersionAcl",
        ["GetObjectAttributes"] = "GetObjectVersionAttributes",
    };

    private readonly Dictionary<string, Operation> _operations = [];
    private readonly Dictionary<(string Method, bool Key, string Sub), string> _routes = [];

    public override string SigningName => "s3";

    public override Protocol Protocol => Protocol.RestXml;

    public override bool BuffersBody => false;

    public override long MaxBody => IncomingBody.MaxObject;

    public override IEnumerable<Operation> Operations => _operations.Values;

    public override string RequestIdHeader => "x-amz-request-id";

    public override string NewRequestId(Ids source) => source.Next(16, "0123456789ABCDEF");

    /// <summary>Adds an operation on a bucket, or with <paramref name="route"/> `GET key?acl` on an object.</summary>
    /// <param name="route">`PUT bucket?website`; `GET` alone is the service.</param>
    /// <param name="action">IAM action without `s3:`; null: the operation asks for each item itself.</param>
    /// <param name="run">The operation.</param>
    /// <param name="also">Further rights that the request needs.</param>
    /// <param name="tags">Tags that the request would put on, with values, or take off, without.</param>
    /// <param name="tagging">The right, without `s3:`, that a request with tags needs besides.</param>
    public void Add(string name, string route, string? action, Func<S3Request, Call, ValueTask<Reply>> run, Func<S3Request, IEnumerable<(string, string)>>? also = null, Func<S3Request, Call, ValueTask<IEnumerable<KeyValuePair<string, string?>>>>? tags = null, string? tagging = null)
    {
        var words = route.Split(' ');
        var target = words.Length > 1 ? words[1].Split('?') : [""];
        _routes.Add((words[0], target[0] == "key", target.Length > 1 ? target[1] : target[0] switch { "" => "/", "account" => "account", _ => "" }), name);
        _operations[name] = new Operation(name, "s3:" + (action ?? name), api =>
        {
            var request = S3Request.Read(api);
            return new BoundCall(_ => ArnOf(request, action), async call => Signed(await run(request, call), call.RequestId))
            {
                AuthorizesItself = action is null,
                Action = action is not null && request.Has("versionId") && OfVersions.TryGetValue(action, out var ofVersion) ? "s3:" + ofVersion : null,
                ResourcePolicy = request.Bucket.Length == 0 || name is "CreateBucket" || route.EndsWith(" account", StringComparison.Ordinal) ? null : call => PolicyFor(request, call),
                Conditions = _ => Access.Conditions(request),
                Also = also is null ? null : _ => also(request),
                AlsoByBody = tagging is null ? null : async call => (await TagKeys(tags!, request, call)).Any() ? [("s3:" + tagging, ArnOf(request, action))] : [],
                ConditionsOf = tags is null ? null : (call, _, _) => TagKeys(tags, request, call),
            };
        })
        { Anonymous = true, Route = route, NamesResource = words.Length > 1 };
    }

    public override Operation Identify(ApiRequest request)
    {
        if (S3Control.Has(request)) return _operations[S3Control.OperationOf(request)];
        var target = S3Request.Read(request);
        if (target.Bucket.Length == 0)
            return request.Method == "GET" && target.Key.Length == 0 ? _operations["ListBuckets"] : throw Errors.MethodNotAllowed(request.Method, "SERVICE");
        var isKey = target.Key.Length > 0;
        var sub = Routes.SubResource(request);
        if (request.Method == "PUT" && isKey && request.Header("x-amz-copy-source") is not null) sub = sub == "uploadId" ? "copy-part" : sub == "" ? "copy" : sub;
        if (_routes.TryGetValue((request.Method, isKey, sub), out var name)) return _operations[name];
        if (sub.Length > 0 && Routes.Known.Contains(sub)) throw Errors.NotSupported($"{request.Method} ?{sub} on {(isKey ? "objects" : "buckets")}");
        throw Errors.MethodNotAllowed(request.Method, isKey ? "OBJECT" : "BUCKET");
    }

    public override Reply RenderError(AwsError error, string requestId)
    {
        if (error.Code == "InternalFailure") error = new AwsError("InternalError", "We encountered an internal error. Please try again.", 500);
        if (error.Status == 304) return Signed(WithHeaders(new Reply(304), error), requestId);
        var body = S3Xml.Document(writer =>
        {
            writer.WriteStartElement("Error");
            writer.Element("Code", error.Code);
            writer.Element("Message", error.Message);
            foreach (var (name, value) in error.Fields) writer.Element(name, value.ToString());
            writer.Element("RequestId", requestId);
            writer.Element("HostId", HostId(requestId));
            writer.WriteEndElement();
        });
        return Signed(WithHeaders(new Reply(error.Status) { Body = body }.With("Content-Type", "application/xml"), error), requestId);
    }

    public override void Finish(ApiRequest request, Reply reply)
    {
        cors.Decorate(request, reply);
        // who waits for "100 Continue" and gets an error keeps its body to itself: what comes next on the connection would be taken for it
        if (reply.Status >= 400 && request.Http.Request.Headers.Expect.Count > 0 && request.Http.Request.Protocol == "HTTP/1.1") reply.With("Connection", "close");
    }

    public override ValueTask<Reply?> AnswerUnsigned(ApiRequest request)
        => request.Method == "OPTIONS" ? Preflight(request) : new((Reply?)null);

    /// <summary>The `x-amz-id-2` of a request: opaque, and the same in header and body.</summary>
    public static string HostId(string requestId) => Convert.ToBase64String(SHA512.HashData(Encoding.UTF8.GetBytes(requestId)).AsSpan(0, 57));

    private async ValueTask<Reply?> Preflight(ApiRequest request)
    {
        try
        {
            return await cors.Preflight(S3Request.Read(request));
        }
        catch (AwsError error)
        {
            return RenderError(error, NewRequestId(ids));
        }
    }

    private async ValueTask<string?> PolicyFor(S3Request request, Call call)
    {
        try
        {
            return await access.PolicyFor(request, call);
        }
        catch (AwsError error) when (error.Code == "NoSuchBucket" && request.Api is { } api && S3Control.Has(api))
        {
            throw new AwsError("NoSuchResource", "The specified resource doesn't exist.", 404); // as S3 Control says it
        }
    }

    /// <summary>What cannot be read puts nothing on: the operation refuses it, whom IAM lets so far.</summary>
    private static async ValueTask<IEnumerable<KeyValuePair<string, string>>> TagKeys(Func<S3Request, Call, ValueTask<IEnumerable<KeyValuePair<string, string?>>>> tags, S3Request request, Call call)
    {
        try
        {
            return (await tags(request, call)).SelectMany(KeysOf).ToList();
        }
        catch (AwsError)
        {
            return [];
        }
    }

    private static IEnumerable<KeyValuePair<string, string>> KeysOf(KeyValuePair<string, string?> tag)
    {
        yield return new("aws:TagKeys", tag.Key);
        if (tag.Value is { } value) yield return new("aws:RequestTag/" + tag.Key, value);
    }

    private static string ArnOf(S3Request request, string? action)
        => action is "ListAllMyBuckets" || action?.Contains("AccountPublicAccessBlock", StringComparison.Ordinal) == true ? "*" : request.Key.Length > 0 ? request.ObjectArn : request.BucketArn;

    private static Reply Signed(Reply reply, string requestId) => reply.With("x-amz-id-2", HostId(requestId));

    private static Reply WithHeaders(Reply reply, AwsError error)
    {
        foreach (var (name, value) in error.Headers) reply.With(name, value);
        return reply;
    }
}

/// <summary>Sub-resources: the query parameters that name an operation.</summary>
internal static class Routes
{
    public static readonly HashSet<string> Known =
    [
        "accelerate", "acl", "analytics", "attributes", "cors", "delete", "encryption", "intelligent-tiering", "inventory", "legal-hold", "lifecycle",
        "location", "logging", "metadataConfiguration", "metadataTable", "metadataInventoryTable", "metadataJournalTable", "metrics", "notification", "object-lock", "ownershipControls", "policy",
        "policyStatus", "publicAccessBlock", "rename", "renameObject", "replication", "requestPayment", "restore", "retention", "select", "session",
        "tagging", "torrent", "uploadId", "uploads", "versioning", "versions", "website", "abac", "encryption-configuration",
    ];

    /// <summary>The one sub-resource of a request; empty for none.</summary>
    public static string SubResource(ApiRequest request)
    {
        foreach (var (name, _) in request.Query)
            if (Known.Contains(name))
                return name;
        return "";
    }
}
