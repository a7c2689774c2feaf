using Galley.Wire;
using Microsoft.AspNetCore.Http;

namespace Galley;

/// <summary>A kind of host name that a service answers itself: no AWS API, no signature (design D9).</summary>
internal interface IDoor
{
    HostKind Kind { get; }

    /// <summary>Name of the answer's header with the request id.</summary>
    string RequestIdHeader => "x-amzn-RequestId";

    /// <summary>An id in the form that the service gives its requests.</summary>
    string NewRequestId(Ids ids) => ids.Uuid();

    /// <summary>
    /// Whether a full host name is the service's by its own configuration (a custom domain, an alias), looked up in the store;
    /// null when it is not. Names of AWS's form and of Galley's own are never asked for.
    /// </summary>
    ValueTask<ClaimedName?> Claim(string host) => new((ClaimedName?)null);

    Task Serve(DoorRequest request);
}

/// <summary>What a claimed host name stands for.</summary>
/// <param name="Id">The <see cref="DoorRequest.Id"/> that the door gets: distribution, domain name, whatever the service finds its own by.</param>
/// <param name="Region">Region, or empty for the installation's.</param>
internal sealed record ClaimedName(string Id, string Region = "");

internal enum HostKind
{
    /// <summary>The AWS API itself: `dynamodb.eu-west-2.amazonaws.com`, `localhost`, an IP address.</summary>
    AwsApi,

    /// <summary>`&lt;id&gt;.cloudfront.net`</summary>
    CloudFront,

    /// <summary>`&lt;api&gt;.execute-api.&lt;region&gt;.amazonaws.com`</summary>
    ExecuteApi,

    /// <summary>`&lt;prefix&gt;.auth.&lt;region&gt;.amazoncognito.com`</summary>
    SignIn,

    /// <summary>`&lt;bucket&gt;.s3.&lt;region&gt;.amazonaws.com`: part of the S3 API, with the bucket in the host.</summary>
    S3Bucket,

    /// <summary>`&lt;bucket&gt;.s3-website.&lt;region&gt;.amazonaws.com`</summary>
    S3Website,

    /// <summary>`&lt;id&gt;.lambda-url.&lt;region&gt;.on.aws`</summary>
    FunctionUrl,

    /// <summary>`cloudformation-custom-resource-response-&lt;region&gt;.s3.&lt;region&gt;.amazonaws.com`: where custom resources answer.</summary>
    CustomResourceResponse,

    /// <summary>`inbox.galley.localhost`: the page that shows mail.</summary>
    Inbox,

    /// <summary>`console.galley.localhost`: the web console.</summary>
    Console,
}

internal static class HostKinds
{
    /// <summary>Pages of Galley's own, for whoever runs it: their doors are asked only with the session of Edge/ConsoleSessions.cs.</summary>
    public static bool IsForPeople(this HostKind kind) => kind is HostKind.Inbox or HostKind.Console;
}

/// <summary>A request that came to a door.</summary>
/// <param name="Http">The exchange.</param>
/// <param name="Id">What the host name names: distribution, API, domain prefix, bucket.</param>
/// <param name="Region">The region in the host name, or the installation's.</param>
/// <param name="RawPath">Path as sent, percent-encoding untouched, without the path-form prefix.</param>
/// <param name="RawQuery">Query as sent, without `?`.</param>
/// <param name="PathPrefix">`/_galley/execute-api/abc` when the request used the path form; otherwise empty. Links back must start with it.</param>
/// <param name="Trail">Why the request is decided as it is; its id is in the answer's header already.</param>
internal sealed record DoorRequest(HttpContext Http, string Id, string Region, string RawPath, string RawQuery, string PathPrefix, Trail Trail)
{
    /// <summary>The id under which `galley explain` finds this request.</summary>
    public string RequestId => Trail.RequestId;

    /// <summary>The full host name, in lower case, when the service claimed it (<see cref="IDoor.Claim"/>); otherwise empty.</summary>
    public string ClaimedHost { get; init; } = "";

    /// <summary>Host as the client wrote it, without port.</summary>
    public string Host => Trail.Host;
}
