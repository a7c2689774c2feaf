using System.Xml.Linq;
using Galley.CloudFront.Serve;

namespace Galley.CloudFront.Code;

/// <summary>The code that a behaviour runs at its four places: CloudFront Functions or Lambda functions before viewers, Lambda functions before origins.</summary>
internal sealed record Attached
{
    public static readonly Attached Nothing = new();

    public EdgeScript? ViewerRequest { get; init; }

    public EdgeScript? ViewerResponse { get; init; }

    /// <summary>By event type, `origin-request`.</summary>
    public Dictionary<string, (string Arn, bool IncludesBody)> Lambdas { get; init; } = [];

    public bool AsksViewers => ViewerRequest is not null || Lambdas.ContainsKey("viewer-request");

    public bool AnswersViewers => ViewerResponse is not null || Lambdas.ContainsKey("viewer-response");

    public static Attached Of(XElement behavior, SiteParts parts)
    {
        var lambdas = (behavior.Element("LambdaFunctionAssociations")!.Element("Items")?.Elements() ?? [])
            .ToDictionary(item => item.Element("EventType")!.Value, item => (item.Element("LambdaFunctionARN")!.Value, item.Element("IncludeBody")?.Value == "true"));
        EdgeScript? Script(string type) => (behavior.Element("FunctionAssociations")!.Element("Items")?.Elements() ?? []).FirstOrDefault(item => item.Element("EventType")!.Value == type) is { } item
            ? new EdgeScript(parts.Function(item.Element("FunctionARN")!.Value)?.Live ?? throw new InvalidOperationException("A function in use is gone."), item.Element("FunctionARN")!.Value.Split('/')[^1])
            : null;
        var (request, response) = (Script("viewer-request"), Script("viewer-response"));
        return request is null && response is null && lambdas.Count == 0 ? Nothing : new Attached { ViewerRequest = request, ViewerResponse = response, Lambdas = lambdas };
    }
}

/// <summary>A CloudFront Function ready to run: its code read once.</summary>
internal sealed class EdgeScript(FunctionStage stage, string name)
{
    private readonly Lazy<ScriptCode> _code = new(() => ScriptCode.Of(Convert.FromBase64String(stage.Code), stage.Runtime));

    public string Name => name;

    public FunctionStage Stage => stage;

    /// <summary>Throws <see cref="ScriptFault"/> when it cannot be read.</summary>
    public ScriptCode Code => _code.Value;
}
