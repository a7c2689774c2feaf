namespace Galley.Testing;

/// <summary>How an app is deployed.</summary>
public sealed record DeployOptions
{
    /// <summary>Name of the stack; null for the one in galley.yaml, or the folder's.</summary>
    public string? StackName { get; init; }

    /// <summary>Parameters of the template, over those in galley.yaml.</summary>
    public IReadOnlyDictionary<string, string> Parameters { get; init; } = new Dictionary<string, string>();

    /// <summary>Runs the build steps of galley.yaml first. Tests take what is built already.</summary>
    public bool Build { get; init; }

    /// <summary>Takes the built site along; false for tests of what is behind it.</summary>
    public bool Site { get; init; } = true;

    /// <summary>Functions whose code is not built are deployed without it, to be handled in process (<see cref="DeployedApp.Handle(string, FunctionHandler)"/>).</summary>
    public bool InProcess { get; init; }
}

/// <summary>An app or a seed could not be deployed; the message says what is wrong.</summary>
public sealed class DeploymentException : Exception
{
    /// <summary>Without a reason.</summary>
    public DeploymentException()
    {
    }

    /// <summary>For a reason.</summary>
    public DeploymentException(string message) : base(message)
    {
    }

    /// <summary>For a reason that has another behind it.</summary>
    public DeploymentException(string message, Exception? innerException) : base(message, innerException)
    {
    }

    internal static async Task<T> Wrapping<T>(Func<Task<T>> deploy)
    {
        try
        {
            return await deploy();
        }
        catch (Exception e) when (e is Cli.CliException or Cli.Deploy.AwsClientException or Wire.AwsError)
        {
            throw new DeploymentException(e is Wire.AwsError error ? $"{error.Code}: {e.Message}" : e.Message, e);
        }
    }
}
