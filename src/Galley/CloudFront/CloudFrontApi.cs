using System.Runtime.CompilerServices;
using System.Xml.Linq;
using Galley.Wire;

namespace Galley.CloudFront;

/// <summary>A request to CloudFront's API: the path's variables, the body and the few headers it reads.</summary>
internal sealed record XmlRequest(ApiRequest Api, IReadOnlyList<string> Path)
{
    /// <summary>First path variable, the id of the resource.</summary>
    public string Id => Path[0];

    public string? IfMatch => Api.Header("If-Match");

    /// <summary>The body, whose root must be <paramref name="root"/>.</summary>
    public XElement Body(string root) => Xml.Parse(Api.Body) is { } body && body.Name.LocalName == root ? body : throw Errors.MalformedXml();
}

/// <summary>CloudFront's rest-xml, version 2020-05-31: operations by method, path and one telling query parameter.</summary>
internal sealed class CloudFrontApi : AwsService
{
    private const string Version = "/2020-05-31/";
    private readonly List<Route> _routes = [];

    public override string SigningName => "cloudfront";

    public override Protocol Protocol => Protocol.RestXml;

    public override IEnumerable<Operation> Operations => _routes.Select(route => route.Operation);

    public override bool Claims(ApiRequest request) => request.RawPath.StartsWith(Version, StringComparison.Ordinal);

    /// <param name="route">`PUT distribution/{id}/config`; `?WithTags` or `?Operation=Tag` tells operations on one path apart.</param>
    /// <param name="run">The operation; its method name is the operation's name.</param>
    /// <param name="resource">Resource part of the ARN that IAM checks, `{id}` filled in; `*` when null.</param>
    /// <param name="also">A further action on the same resource.</param>
    /// <param name="needs">What else its caller must be allowed to do, by the request.</param>
    /// <param name="name">The operation where the method's name is not enough.</param>
    public void Add(string route, Func<XmlRequest, Call, ValueTask<Reply>> run, string? resource = null, string? also = null, Func<XmlRequest, IEnumerable<(string Action, string Resource)>>? needs = null, [CallerArgumentExpression(nameof(run))] string name = "")
    {
        name = name[(name.LastIndexOf('.') + 1)..];
        var (method, rest) = route.Split(' ') is [var verb, var target] ? (verb, target) : throw new ArgumentException(route);
        var mark = rest.IndexOf('?', StringComparison.Ordinal);
        var path = (mark < 0 ? rest : rest[..mark]).Split('/');
        var query = mark < 0 ? null : rest[(mark + 1)..];
        Route? added = null;
        // IAM knows no action for making one with tags: that is making one, and tagging
        var operation = new Operation(name, "cloudfront:" + (name == "CreateDistributionWithTags" ? "CreateDistribution" : name), api =>
        {
            var request = new XmlRequest(api, added!.Variables(api.RawPath));
            string Resource(Call call) => resource is null ? "*"
                : resource == "{arn}" ? api.QueryValue("Resource") ?? "*"
                : $"arn:aws:cloudfront::{call.Account}:{(request.Path.Count > 0 ? resource.Replace("{id}", request.Id, StringComparison.Ordinal) : resource)}";
            return new BoundCall(Resource, call => run(request, call))
            {
                Also = also is null && needs is null ? null : call => [.. also is null ? Array.Empty<(string, string)>() : [(also, Resource(call))], .. needs?.Invoke(request) ?? []],
            };
        })
        { Route = $"{method} {Version}{rest}", NamesResource = resource is not null };
        _routes.Add(added = new Route(method, path, query, operation));
    }

    /// <summary>An operation of AWS that is refused by its name.</summary>
    public void Refuse(string route, string name) => Add(route, (_, _) => throw Errors.UnsupportedOperation(name), name: name);

    public override Operation Identify(ApiRequest request)
    {
        if (Claims(request))
            foreach (var route in _routes)
                if (route.Matches(request))
                    return route.Operation;
        throw new AwsError("InvalidAction", $"Galley does not support the operation at {request.Method} {request.RawPath}.", 400);
    }

    public override Reply RenderError(AwsError error, string requestId) => Xml.Answer(error.Status, new XElement("ErrorResponse",
        new XElement("Error",
            new XElement("Type", error.Status >= 500 ? "Receiver" : "Sender"),
            new XElement("Code", error.Code),
            new XElement("Message", error.Message)),
        new XElement("RequestId", requestId)));

    private sealed record Route(string Method, string[] Path, string? Query, Operation Operation)
    {
        public bool Matches(ApiRequest request)
        {
            if (request.Method != Method) return false;
            var parts = Parts(request.RawPath);
            if (parts.Length != Path.Length) return false;
            for (var i = 0; i < parts.Length; i++)
                if (Path[i][0] != '{' && Path[i] != parts[i] || parts[i].Length == 0)
                    return false;
            if (Query is null) return true;
            var at = Query.IndexOf('=', StringComparison.Ordinal);
            return at < 0 ? request.QueryValue(Query) is not null : request.QueryValue(Query[..at]) == Query[(at + 1)..];
        }

        public List<string> Variables(string rawPath)
            => [.. Parts(rawPath).Zip(Path).Where(pair => pair.Second[0] == '{').Select(pair => Uri.UnescapeDataString(pair.First))];

        private static string[] Parts(string rawPath) => rawPath[Version.Length..].TrimEnd('/').Split('/');
    }
}
