using Galley.Edge;
using Galley.Iam;
using Galley.Wire;

namespace Galley.Arrows;

/// <summary>The edge asks IAM whose key signed, and whether that caller may do what it asks.</summary>
internal sealed class EdgeToIam(IamService iam) : IIdentifyCallers, IAuthorizeCalls
{
    public ValueTask<CallerKey?> Find(string accessKeyId) => iam.FindKey(accessKeyId);

    public ValueTask Authorize(Call call, AwsService service, Operation operation, BoundCall bound) => iam.Authorize(call, service, operation, bound);
}
