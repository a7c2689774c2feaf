using System.Text.Json.Nodes;
using Galley.Wire;

namespace Galley;

/// <summary>Makes one CloudFormation resource type, in the service that owns the thing (design D5).</summary>
internal interface IResourceHandler
{
    /// <summary>`AWS::DynamoDB::Table`</summary>
    string Type { get; }

    /// <summary>Properties that cannot be changed in place: a change of one means a new resource. `createOnlyProperties` of AWS's resource schemas.</summary>
    IReadOnlySet<string> ReplaceOn { get; }

    /// <summary>Whether this change of a property means a new resource: of some properties only some changes do.</summary>
    bool Replaces(string property, JsonNode? before, JsonNode? after) => ReplaceOn.Contains(property);

    /// <summary>Creates and returns only when the resource is usable. Throws <see cref="AwsError"/>; a property that is not supported is refused by name.</summary>
    ValueTask<Resource> Create(ResourceRequest request, Call call);

    /// <summary>Changes in place.</summary>
    ValueTask<Resource> Update(ResourceRequest request, Call call);

    /// <summary>Deletes; a resource that is gone already is no error.</summary>
    ValueTask Delete(ResourceRequest request, Call call);
}

/// <param name="LogicalId">The name in the template.</param>
/// <param name="Name">A physical name to use when the properties give none: `stack-Logical-AB12CD34EF56`.</param>
/// <param name="Properties">Resolved properties; scalars may be text where the template had text.</param>
/// <param name="StackId">ARN of the stack.</param>
internal sealed record ResourceRequest(string LogicalId, string Name, JsonObject Properties, string StackId)
{
    /// <summary>On update and delete.</summary>
    public string PhysicalId { get; init; } = "";

    /// <summary>The type as the template has it: `Custom::Anything` for a custom resource.</summary>
    public string Type { get; init; } = "";

    /// <summary>A creation of several steps tells the physical id after the first, so that a later failure does not leave the thing behind.</summary>
    public Action<string> Exists { get; init; } = static _ => { };

    /// <summary>Set when the program stops or the whole is given up: what a handler waits for, it waits for no longer.</summary>
    public CancellationToken Until { get; init; }

    /// <summary>On update: the properties in force before.</summary>
    public JsonObject OldProperties { get; init; } = [];
}

/// <param name="PhysicalId">What `Ref` gives.</param>
/// <param name="Attributes">What `Fn::GetAtt` gives, by attribute name.</param>
internal sealed record Resource(string PhysicalId, IReadOnlyDictionary<string, string> Attributes)
{
    /// <summary>The attributes are secrets (`NoEcho` of a custom resource): nothing that tells of the stack may show them.</summary>
    public bool NoEcho { get; init; }
}
