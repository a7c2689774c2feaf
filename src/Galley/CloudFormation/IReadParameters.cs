using Galley.Wire;

namespace Galley.CloudFormation;

/// <summary>Reads plain parameters of Systems Manager as the caller: parameter types `AWS::SSM::Parameter::Value&lt;…&gt;` and dynamic references.</summary>
internal interface IReadParameters
{
    /// <summary>The value; null when there is none, or it is a secret, or the caller may not read it.</summary>
    ValueTask<string?> Read(string name, string? version, Call call);
}
