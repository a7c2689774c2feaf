using Galley.Wire;

namespace Galley.Ecr;

/// <summary>ECR's errors with AWS's texts.</summary>
internal static class Errors
{
    public static AwsError InvalidParameter(string message) => new("InvalidParameterException", message);

    public static AwsError OtherRegistry(string id) => InvalidParameter($"Galley does not support the registry {id}: only the account's own is there.");

    public static AwsError RepositoryAlreadyExists(string name, Call call)
        => new("RepositoryAlreadyExistsException", $"The repository with name '{name}' already exists in the registry with id '{call.Account}'");

    public static AwsError RepositoryNotFound(string name, Call call)
        => new("RepositoryNotFoundException", $"The repository with name '{name}' does not exist in the registry with id '{call.Account}'");

    public static AwsError LifecyclePolicyNotFound(string name, Call call)
        => new("LifecyclePolicyNotFoundException", $"Lifecycle policy does not exist for the repository with name '{name}' in the registry with id '{call.Account}'");

    public static AwsError RepositoryPolicyNotFound(string name, Call call)
        => new("RepositoryPolicyNotFoundException", $"Repository policy does not exist for the repository with name '{name}' in the registry with id '{call.Account}'");
}
