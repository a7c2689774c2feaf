// Cook recipes in CDK: the same app as ../template.yaml.
//
//   (cd ../functions && dotnet publish -c Release -o publish)
//   (cd ../web && npm install && npm run build)
//   npm install && npx cdk bootstrap && npm run deploy -- -c domainPrefix=some-free-name
//
// For Galley: eval "$(galley env)" first, and -c localPort=4566 with deploy. CDK's own functions need what AWS's runtimes carry:
// bubblewrap, and the AWS SDK for JavaScript (npm install -g @aws-sdk/client-s3; `galley doctor` says whether it is found).

import { App, CfnOutput, Duration, Fn, RemovalPolicy, Stack } from "aws-cdk-lib";
import * as api from "aws-cdk-lib/aws-apigatewayv2";
import { HttpJwtAuthorizer } from "aws-cdk-lib/aws-apigatewayv2-authorizers";
import { HttpLambdaIntegration } from "aws-cdk-lib/aws-apigatewayv2-integrations";
import * as cloudfront from "aws-cdk-lib/aws-cloudfront";
import * as origins from "aws-cdk-lib/aws-cloudfront-origins";
import * as cognito from "aws-cdk-lib/aws-cognito";
import * as dynamodb from "aws-cdk-lib/aws-dynamodb";
import * as lambda from "aws-cdk-lib/aws-lambda";
import * as s3 from "aws-cdk-lib/aws-s3";
import * as deploy from "aws-cdk-lib/aws-s3-deployment";
import { join } from "node:path";

const app = new App();
const stack = new Stack(app, "CookRecipesCdk", { env: { account: process.env.CDK_DEFAULT_ACCOUNT, region: process.env.CDK_DEFAULT_REGION } });
const localPort: string | undefined = app.node.tryGetContext("localPort");
const here = import.meta.dirname;

// The data
const recipes = new dynamodb.Table(stack, "Recipes", {
  tableName: "recipes",
  partitionKey: { name: "name", type: dynamodb.AttributeType.STRING },
  sortKey: { name: "category", type: dynamodb.AttributeType.STRING },
  readCapacity: 1,
  writeCapacity: 1,
  removalPolicy: RemovalPolicy.DESTROY,
});
recipes.addGlobalSecondaryIndex({ indexName: "category-index", partitionKey: { name: "category", type: dynamodb.AttributeType.STRING }, readCapacity: 1, writeCapacity: 1 });

// The site: a private bucket that only this distribution may read
const bucket = new s3.Bucket(stack, "SiteBucket", {
  blockPublicAccess: s3.BlockPublicAccess.BLOCK_ALL,
  objectOwnership: s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
  removalPolicy: RemovalPolicy.DESTROY,
  autoDeleteObjects: true,
});
const site = new cloudfront.Distribution(stack, "Site", {
  comment: "Cook recipes",
  defaultRootObject: "index.html",
  priceClass: cloudfront.PriceClass.PRICE_CLASS_100,
  defaultBehavior: {
    origin: origins.S3BucketOrigin.withOriginAccessControl(bucket),
    viewerProtocolPolicy: localPort ? cloudfront.ViewerProtocolPolicy.ALLOW_ALL : cloudfront.ViewerProtocolPolicy.REDIRECT_TO_HTTPS,
    allowedMethods: cloudfront.AllowedMethods.ALLOW_GET_HEAD_OPTIONS,
    cachePolicy: cloudfront.CachePolicy.CACHING_OPTIMIZED,
  },
  // The app's own paths (/recipes, /authenticate) are no objects; the bucket answers 403 to who may not list it.
  errorResponses: [403, 404].map((httpStatus) => ({ httpStatus, responseHttpStatus: 200, responsePagePath: "/index.html" })),
});
const address = `https://${site.distributionDomainName}`;

// The people
const pool = new cognito.UserPool(stack, "Pool", {
  userPoolName: "CookRecipePool",
  selfSignUpEnabled: true,
  signInAliases: { username: true },
  autoVerify: { email: true },
  standardAttributes: { email: { required: true, mutable: true } },
  passwordPolicy: { minLength: 8, requireLowercase: true, requireUppercase: true, requireDigits: true, requireSymbols: true },
  removalPolicy: RemovalPolicy.DESTROY,
});
const client = pool.addClient("Client", {
  userPoolClientName: "CookRecipeApp",
  generateSecret: true,
  supportedIdentityProviders: [cognito.UserPoolClientIdentityProvider.COGNITO],
  oAuth: {
    flows: { authorizationCodeGrant: true },
    scopes: [cognito.OAuthScope.OPENID, cognito.OAuthScope.EMAIL, cognito.OAuthScope.PROFILE, cognito.OAuthScope.COGNITO_ADMIN],
    callbackUrls: [`${address}/authenticate`],
    logoutUrls: [`${address}/logout`],
  },
  preventUserExistenceErrors: true,
});
const prefix: string = app.node.tryGetContext("domainPrefix") ?? "cook-recipes-app";
pool.addDomain("Domain", { cognitoDomain: { domainPrefix: prefix } });
pool.addGroup("Admins", { groupName: "admin", description: "People who may change recipes." });
const signIn = `https://${prefix}.auth.${stack.region}.amazoncognito.com`;

// The functions: one program, each with the least it needs
const make = (name: string, environment: Record<string, string>) =>
  new lambda.Function(stack, name, {
    runtime: lambda.Runtime.PROVIDED_AL2023,
    handler: name,
    code: lambda.Code.fromAsset(join(here, "../functions/publish")),
    memorySize: 256,
    timeout: Duration.seconds(10),
    environment,
  });
const get = make("GetRecipes", { TABLE: recipes.tableName });
const save = make("SaveRecipe", { TABLE: recipes.tableName });
const remove = make("DeleteRecipe", { TABLE: recipes.tableName });
const exchange = make("TokenExchange", {
  COGNITO_DOMAIN: `${prefix}.auth.${stack.region}.amazoncognito.com`,
  CLIENT_ID: client.userPoolClientId,
  CLIENT_SECRET: (client.node.defaultChild as cognito.CfnUserPoolClient).attrClientSecret,
  REDIRECT_URI: `${address}/authenticate`,
});
recipes.grant(get, "dynamodb:Scan");
recipes.grant(save, "dynamodb:PutItem");
recipes.grant(remove, "dynamodb:DeleteItem");

// The API: every route asks for a token of our pool but the exchange of codes for tokens
const http = new api.HttpApi(stack, "Api", {
  apiName: "cook-recipes-api",
  defaultAuthorizer: new HttpJwtAuthorizer("Jwt", `https://cognito-idp.${stack.region}.amazonaws.com/${pool.userPoolId}`, { jwtAudience: [client.userPoolClientId] }),
  corsPreflight: {
    allowOrigins: [address],
    allowHeaders: ["authorization", "content-type"],
    allowMethods: [api.CorsHttpMethod.GET, api.CorsHttpMethod.POST, api.CorsHttpMethod.PUT, api.CorsHttpMethod.DELETE],
  },
});
const route = (path: string, method: api.HttpMethod, target: lambda.Function, open = false) =>
  http.addRoutes({ path, methods: [method], integration: new HttpLambdaIntegration(`${target.node.id}Integration`, target), ...(open ? { authorizer: new api.HttpNoneAuthorizer() } : {}) });
route("/recipes", api.HttpMethod.GET, get);
route("/recipes", api.HttpMethod.POST, save);
route("/recipes/{category}/{name}", api.HttpMethod.PUT, save);
route("/recipes/{category}/{name}", api.HttpMethod.DELETE, remove);
route("/token/{code}", api.HttpMethod.GET, exchange, true);
route("/token", api.HttpMethod.POST, exchange, true);

// The site's files, and what the browser is told. Galley answers AWS's host names with the last labels replaced by `localhost`.
const reached = (host: string, suffix: string) => (localPort ? `http://${host}.localhost:${localPort}` : `https://${host}.${suffix}`);
const page = reached(`${Fn.select(0, Fn.split(".", site.distributionDomainName))}.cloudfront`, "net");
const url = reached(`${http.apiId}.execute-api.${stack.region}`, "amazonaws.com");
new deploy.BucketDeployment(stack, "Files", {
  sources: [
    deploy.Source.asset(join(here, "../web/dist")),
    deploy.Source.jsonData("config.json", {
      apiUrl: url,
      cognitoUrl: reached(`${prefix}.auth.${stack.region}`, "amazoncognito.com"),
      clientId: client.userPoolClientId,
      redirectUri: `${page}/authenticate`,
      logoutUri: `${page}/logout`,
    }),
  ],
  destinationBucket: bucket,
  distribution: site,
});

new CfnOutput(stack, "SiteUrl", { value: address });
new CfnOutput(stack, "ApiUrl", { value: http.apiEndpoint });
new CfnOutput(stack, "CognitoUrl", { value: signIn });
new CfnOutput(stack, "UserPoolId", { value: pool.userPoolId });
new CfnOutput(stack, "ClientId", { value: client.userPoolClientId });
