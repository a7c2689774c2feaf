using System.Text.Json.Serialization;
using Galley.Cognito.SignIn;
using Galley.Wire;

namespace Galley.Cognito;

/// <summary>The compile-time JSON contracts of everything Cognito reads, writes and stores. Numbers and booleans may come as text, as templates give them.</summary>
[JsonSourceGenerationOptions(
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    NumberHandling = JsonNumberHandling.AllowReadingFromString,
    AllowDuplicateProperties = false,
    Converters = [typeof(EpochSecondsConverter), typeof(TextBooleanConverter)])]
[JsonSerializable(typeof(Empty))]
[JsonSerializable(typeof(CreateUserPoolRequest))]
[JsonSerializable(typeof(UpdateUserPoolRequest))]
[JsonSerializable(typeof(OnPoolRequest))]
[JsonSerializable(typeof(UserPool))]
[JsonSerializable(typeof(UserPoolResponse))]
[JsonSerializable(typeof(ListUserPoolsRequest))]
[JsonSerializable(typeof(ListUserPoolsResponse))]
[JsonSerializable(typeof(AddCustomAttributesRequest))]
[JsonSerializable(typeof(MfaConfigResponse))]
[JsonSerializable(typeof(TagResourceRequest))]
[JsonSerializable(typeof(UntagResourceRequest))]
[JsonSerializable(typeof(ListTagsForResourceRequest))]
[JsonSerializable(typeof(ListTagsForResourceResponse))]
[JsonSerializable(typeof(PoolPointer))]
[JsonSerializable(typeof(StoredKeys))]
[JsonSerializable(typeof(CreateUserPoolClientRequest))]
[JsonSerializable(typeof(UpdateUserPoolClientRequest))]
[JsonSerializable(typeof(UserPoolClient))]
[JsonSerializable(typeof(UserPoolClientResponse))]
[JsonSerializable(typeof(OnClientRequest))]
[JsonSerializable(typeof(ListUserPoolClientsRequest))]
[JsonSerializable(typeof(ListUserPoolClientsResponse))]
[JsonSerializable(typeof(CreateUserPoolDomainRequest))]
[JsonSerializable(typeof(CreateUserPoolDomainResponse))]
[JsonSerializable(typeof(DescribeUserPoolDomainRequest))]
[JsonSerializable(typeof(DescribeUserPoolDomainResponse))]
[JsonSerializable(typeof(DeleteUserPoolDomainRequest))]
[JsonSerializable(typeof(UserPoolDomain))]
[JsonSerializable(typeof(ResourceServer))]
[JsonSerializable(typeof(ResourceServerResponse))]
[JsonSerializable(typeof(OnResourceServerRequest))]
[JsonSerializable(typeof(ListResourceServersRequest))]
[JsonSerializable(typeof(ListResourceServersResponse))]
internal sealed partial class CognitoJson : JsonSerializerContext;
