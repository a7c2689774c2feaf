using Galley.CloudFormation.Template;
using Galley.Wire;

namespace Galley.CloudFormation.Deploy;

/// <summary>The resource types that the services offer, by name (design D5).</summary>
internal sealed class Handlers(IEnumerable<IResourceHandler> offered, IAuthorizeResources authorization, IReadParameters parameters)
{
    private readonly Dictionary<string, IResourceHandler> _byType = offered.Append(new CdkMetadata()).ToDictionary(handler => handler.Type, IResourceHandler (handler) => new AuthorizedHandler(handler, authorization, parameters));

    public IResourceHandler Find(string type) => _byType.TryGetValue(Name(type), out var handler) ? handler : throw Unknown([type]);

    /// <summary>Adds a type that CloudFormation makes itself, with the engine that all of this serves.</summary>
    public void Add(IResourceHandler handler) => _byType.Add(handler.Type, new AuthorizedHandler(handler, authorization, parameters));

    private bool Knows(string type) => _byType.ContainsKey(Name(type));

    private static string Name(string type) => CustomResource.Is(type) ? CustomResource.Long : type;

    /// <summary>Every type that the template makes under its conditions must be known.</summary>
    public void RequireAll(StackTemplate template, Intrinsics functions)
    {
        var unknown = template.Resources.Values.Where(resource => !Knows(resource.Type) && functions.IsTrue(resource.Condition)).Select(resource => resource.Type).Distinct().ToList();
        if (unknown.Count > 0) throw Unknown(unknown);
    }

    private static AwsError Unknown(IEnumerable<string> types) => Errors.Format($"Unrecognized resource types: [{string.Join(", ", types)}]");
}

/// <summary>`AWS::CDK::Metadata`: says which constructs made the template; there is nothing to make.</summary>
internal sealed class CdkMetadata : IResourceHandler
{
    private static readonly Dictionary<string, string> NoAttributes = [];

    public string Type => "AWS::CDK::Metadata";

    public IReadOnlySet<string> ReplaceOn { get; } = new HashSet<string>();

    public ValueTask<Resource> Create(ResourceRequest request, Call call) => new(new Resource(request.Name, NoAttributes));

    public ValueTask<Resource> Update(ResourceRequest request, Call call) => new(new Resource(request.PhysicalId, NoAttributes));

    public ValueTask Delete(ResourceRequest request, Call call) => ValueTask.CompletedTask;
}
