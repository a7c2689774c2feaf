using System.Text;
using Microsoft.AspNetCore.Http;

namespace Galley.Wire;

/// <summary>
/// The wire side of one AWS service: which operation a request means, how it is read, how answers and errors look.
/// <see cref="JsonService"/> and <see cref="QueryService"/> serve the tables of operations; S3 and CloudFront derive for themselves.
/// </summary>
public abstract class AwsService
{
    /// <summary>Service name in the credential scope and in IAM actions, `dynamodb`.</summary>
    public abstract string SigningName { get; }

    public abstract Protocol Protocol { get; }

    /// <summary>The tags of a resource by its ARN, where the service has them (`aws:ResourceTag/…`); read only when a policy asks.</summary>
    public Func<string, Call, ValueTask<IReadOnlyDictionary<string, string>?>>? TagsOf { get; set; }

    /// <summary>A resource's own policy must allow, if only by naming the account, whose policies then decide (KMS): without it nobody has rights, not even the root.</summary>
    public bool PoliciesDecide { get; init; }

    /// <summary>The ARN of what is judged where a request names it by another (a KMS key by an alias); null where every name is the thing's own.</summary>
    public Func<string, Call, ValueTask<string>>? Resolve { get; init; }

    /// <summary>SDKs put the account before the endpoint's host, `123456789012.localhost`, where a bucket's name would stand.</summary>
    public bool IsAskedByAccount { get; init; }

    /// <summary>False when the service reads the body itself (S3): then the signature is checked from the headers alone.</summary>
    public virtual bool BuffersBody => true;

    /// <summary>S3's rules of signing: the path as sent, the body's hash from a header. Others normalise the path and hash the body themselves.</summary>
    public virtual bool SignsAsSent => !BuffersBody;

    /// <summary>Largest body taken, in bytes; more is answered with 413.</summary>
    public virtual long MaxBody => 16 << 20;

    /// <summary>The error for a body beyond <see cref="MaxBody"/>.</summary>
    public virtual AwsError TooLarge(ApiRequest request) => new("RequestEntityTooLargeException", "Request size exceeded the limit.", 413);

    /// <summary>Whether a request that reached the AWS API is for this service, where signing name and host leave a choice.</summary>
    public virtual bool Claims(ApiRequest request) => true;

    /// <summary>Whether an unsigned request is this service's by its path alone, whatever the host (a pool's JWKS document, say).</summary>
    public virtual bool OwnsPath(ApiRequest request) => false;

    /// <summary>The operation the request names. Throws the service's error for one it does not have.</summary>
    public abstract Operation Identify(ApiRequest request);

    /// <summary>All operations, for the coverage table and the tests over all of them.</summary>
    public abstract IEnumerable<Operation> Operations { get; }

    /// <summary>The error as the service's protocol writes it.</summary>
    public abstract Reply RenderError(AwsError error, string requestId);

    /// <summary>Name of the response header with the request id.</summary>
    public virtual string RequestIdHeader => "x-amzn-RequestId";

    /// <summary>An id for a new request in the form this service uses.</summary>
    public virtual string NewRequestId(Ids ids) => ids.Uuid();

    /// <summary>Undoes what the client did to the body for the way (Content-Encoding), once the signature over it as sent has passed.</summary>
    public virtual void Unpack(ApiRequest request)
    {
    }

    /// <summary>The answer as this client wants it for the way (Accept-Encoding).</summary>
    public virtual Reply Pack(ApiRequest request, Reply reply) => reply;

    /// <summary>Headers every answer of the service carries, CORS say.</summary>
    public virtual void Finish(ApiRequest request, Reply reply)
    {
    }

    /// <summary>The answer to an HTTP request that is no AWS call at all (GET / of DynamoDB, say); null for none.</summary>
    public virtual Reply? AnswerPlainHttp(ApiRequest request) => null;

    /// <summary>As <see cref="AnswerPlainHttp"/>, where the answer needs the store (a CORS preflight of S3).</summary>
    public virtual ValueTask<Reply?> AnswerUnsigned(ApiRequest request) => new((Reply?)null);
}

public enum Protocol
{
    AwsJson10,
    AwsJson11,
    RestJson,
    RestXml,
    Query,
}

/// <summary>No members: the answer `{}` or none.</summary>
public sealed record Empty
{
    public static readonly Empty Value = new();
}
