using Galley.CloudFormation.Template;
using Galley.Wire;

namespace Galley.CloudFormation.Deploy;

/// <summary>The resource types that the services offer, by name (design D5).</summary>
internal sealed class Handlers(IEnumerable<IResourceHandler> offered, IAuthorizeResources authorization)
{
    private readonly Dictionary<string, IResourceHandler> _byType = offered.Append(new CdkMetadata()).ToDictionary(handler => handler.Type, IResourceHandler (handler) => new AuthorizedHandler(handler, authorization));

    public IResourceHandler Find(string type) => _byType.TryGetValue(type, out var handler) ? handler : throw Unknown([type]);

    public void RequireAll(StackTemplate template)
    {
        var unknown = template.Resources.Values.Select(resource => resource.Type).Where(type => !_byType.ContainsKey(type)).Distinct().ToList();
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
