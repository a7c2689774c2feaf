namespace Galley.Wire;

/// <summary>One AWS operation as its service's table has it.</summary>
/// <param name="Name">AWS's name, `PutItem`.</param>
/// <param name="Action">The IAM action that must be allowed, `dynamodb:PutItem`.</param>
/// <param name="Bind">Reads the request into the operation's own type; throws <see cref="AwsError"/> for what the wire form forbids.</param>
public sealed record Operation(string Name, string Action, Func<ApiRequest, BoundCall> Bind)
{
    /// <summary>AWS takes this call without a signature (Cognito's SignUp, say) and checks something else instead.</summary>
    public bool Unsigned { get; init; }

    /// <summary>IAM checks it against a resource that the request names, not against `*`.</summary>
    public bool NamesResource { get; init; }

    /// <summary>The contract of its request, whose members are the parameters it takes; null where the service reads the request by itself (XML).</summary>
    public IContract? Request { get; init; }

    /// <summary>The contract of its answer; null where it writes the answer by itself.</summary>
    public IContract? Response { get; init; }

    /// <summary>Where it is found, `GET /v2/apis/{apiId}`, in services whose operations are told by method and path.</summary>
    public string Route { get; init; } = "";

    /// <summary>An unsigned request goes on as the anonymous principal, whom only a resource policy can allow (S3).</summary>
    public bool Anonymous { get; init; }
}

/// <summary>A request read and ready: what it touches and how to run it.</summary>
/// <param name="resource">Gives the ARN the action is checked against, `*` when the action has none.</param>
/// <param name="run">The operation itself.</param>
public class BoundCall(Func<Call, string> resource, Func<Call, ValueTask<Reply>> run)
{
    /// <summary>The ARN the action is checked against, `*` when the action has none.</summary>
    public virtual string Resource(Call call) => resource(call);

    /// <summary>The operation itself.</summary>
    public virtual ValueTask<Reply> Run(Call call) => run(call);

    /// <summary>The resource's own policy as JSON, or null; asked only when the operation is authorized.</summary>
    public virtual Func<Call, ValueTask<string?>>? ResourcePolicy { get; init; }

    /// <summary>The policy of a further resource, by its ARN, where <see cref="Also"/> names resources that have policies of their own.</summary>
    public virtual Func<Call, string, ValueTask<string?>>? PolicyOf { get; init; }

    /// <summary>Condition keys of the request (`s3:prefix` …).</summary>
    public Func<Call, IEnumerable<KeyValuePair<string, string>>>? Conditions { get; init; }

    /// <summary>Condition keys of one of the rights that the request needs, by its action and resource; asked only when a policy has conditions.</summary>
    public virtual Func<Call, string, string, ValueTask<IEnumerable<KeyValuePair<string, string>>>>? ConditionsOf { get; init; }

    /// <summary>Tags that the request would put on a resource, with values, or take off, without.</summary>
    public virtual Func<IEnumerable<KeyValuePair<string, string?>>>? RequestTags { get; init; }

    /// <summary>Further (action, resource) pairs this request needs, as `iam:PassRole` for CreateFunction.</summary>
    public virtual Func<Call, IEnumerable<(string Action, string Resource)>>? Also { get; init; }

    /// <summary>The same, where only a body that is read late says what they are.</summary>
    public Func<Call, ValueTask<IEnumerable<(string Action, string Resource)>>>? AlsoByBody { get; init; }

    /// <summary>The operation asks for each of its items by itself (DeleteObjects), so the request as a whole is not judged.</summary>
    public bool AuthorizesItself { get; init; }

    /// <summary>Replaces <see cref="Operation.Action"/> when the action depends on the request (S3).</summary>
    public virtual string? Action { get; init; }
}
