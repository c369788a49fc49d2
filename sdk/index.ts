/** Everything a plugin may use, in one import: `@fingerpost/sdk`. */

export type { ChainObserver, PluginVisit } from './chain-observer.ts'
export type { Directive, SourceFile, Statement, Token } from './config.ts'
export {
  areEqualMacs,
  type DigestAlgorithm,
  digest,
  hmac,
  importPrivateKey,
  type JsonWebKey,
  type PrivateKey,
  type SigningAlgorithm,
} from './crypto.ts'
export { defaultSettings } from './default-settings.ts'
export { Class, formatClass, parseClassText } from './dns/class.ts'
export {
  formatIp,
  formatIpv4,
  formatIpv6,
  isLoopbackAddress,
  parseIp,
  parseIpv4,
  parseIpv6,
} from './dns/ip-address.ts'
export { Opcode } from './dns/opcode.ts'
export { formatRcode, parseRcodeText, Rcode } from './dns/rcode.ts'
export { formatType, parseTypeText, Type } from './dns/type.ts'
export { compareOctets } from './dnssec/canonical.ts'
export { signedOctets, signRrset, type Validity } from './dnssec/sign-rrset.ts'
export { keyTagOf, readZoneKey, type ZoneKey } from './dnssec/zone-key.ts'
export { DURATION_BOUNDS } from './duration-bounds.ts'
export {
  ConfigError,
  type ConfigErrorCode,
  ConfigErrors,
  DnsError,
  type DnsErrorCode,
  type ExtendedError,
} from './errors.ts'
export {
  compileExpression,
  type Expression,
  type ExpressionEnvironment,
  type ExpressionFunction,
} from './expression/compile.ts'
export { ExpressionError } from './expression/expression-error.ts'
export {
  compileQueryExpressions,
  expression,
  type WrittenExpression,
  writtenExpression,
} from './expression/query-expressions.ts'
export { queryFunctions } from './expression/query-functions.ts'
export type { ExpressionType, ExpressionValue } from './expression/value.ts'
export type {
  Block,
  BlockSettings,
  Clock,
  Counter,
  DatagramHandlers,
  DatagramSocket,
  DialOptions,
  Endpoint,
  FileStat,
  Files,
  Gauge,
  Histogram,
  Host,
  Http2Connection,
  Http2Request,
  Http2Response,
  Identity,
  Logger,
  Network,
  NetworkInterface,
  ProxyProtocolSettings,
  ProxyRule,
  Random,
  ReloadSettings,
  StreamHandlers,
  StreamOptions,
  StreamSettings,
  StreamSocket,
  Timer,
  TlsOptions,
  TlsSettings,
} from './host.ts'
export {
  type HttpCall,
  HttpConnection,
  type HttpConnectionOptions,
  HttpTooLate,
  HttpUnreachable,
} from './http/http-connection.ts'
export { HttpSyntaxError, type ResponseHead, type ResponseReceiver } from './http/http-response.ts'
export type {
  CachedAnswer,
  CacheFilter,
  InspectableCache,
  InspectableStore,
} from './inspect.ts'
export { Metadata, type MetadataSource } from './metadata.ts'
export type {
  ExternalEntry,
  ExternalFinding,
  ExternalServices,
  Offered,
  Offers,
  SearchPathSource,
  TransferSource,
  UpstreamExchange,
  UpstreamObserver,
} from './offers.ts'
export type { InferArg, InferArgs } from './options/args.ts'
export { args } from './options/args.ts'
export type { Others } from './options/block.ts'
export { others } from './options/block.ts'
export type { CustomDetails } from './options/custom.ts'
export { check, custom, transform } from './options/custom.ts'
export type { DirectiveSpec, DirectiveTransform, DirectiveValue } from './options/directive.ts'
export { directive } from './options/directive.ts'
export type { ArgItem } from './options/expectation.ts'
export { flag, located, rest, spread } from './options/item.ts'
export type { OptionsDescription, OptionsResult } from './options/parse-options.ts'
export { describeOptions, parseOptions } from './options/parse-options.ts'
export { many, once, optional, required } from './options/presence.ts'
export type { Place, Report, ReportDetails } from './options/report.ts'
export type {
  AnyWord,
  EntrySchema,
  FlagSchema,
  InferBlock,
  InferEntry,
  InferMany,
  InferOptions,
  InferStatement,
  InferWord,
  InferWords,
  Located,
  LocatedWord,
  Many,
  Once,
  Optional,
  OptionBlock,
  OptionDescription,
  Outcome,
  PluginOptions,
  Reader,
  Required,
  Rest,
  SpreadWord,
  StatementDescription,
  StatementSchema,
  Word,
} from './options/schema.ts'
export { anything } from './options/statement.ts'
export type { Refused, WordInfo, WordSpec } from './options/word.ts'
export { matches, word } from './options/word.ts'
export type { AddressWithPort } from './options/words/address.ts'
export {
  addressWithPort,
  formatAddressWithPort,
  parseAddressWithPort,
} from './options/words/address.ts'
export type { Cidr } from './options/words/cidr.ts'
export { cidr, maskAddress, parseCidr } from './options/words/cidr.ts'
export { duration, durationBetween, formatDuration } from './options/words/duration.ts'
export type { IpAddress } from './options/words/ip-address.ts'
export { formatIpAddress, ipAddress, parseIpAddress } from './options/words/ip-address.ts'
export { rcode, rrClass, rrType } from './options/words/mnemonic.ts'
export { float, integer, sizeBytes } from './options/words/number.ts'
export { reverseZones } from './options/words/reverse-zones.ts'
export { oneOf, onOff, path, text } from './options/words/text.ts'
export { normaliseZone, zone, zones } from './options/words/zone.ts'
export { PerListener } from './per-listener.ts'
export {
  type AbsentDirective,
  type Answer,
  type CatalogueEntry,
  definePlugin,
  type Handler,
  type Next,
  type Plugin,
  type Traits,
} from './plugin.ts'
export { type FormattedExchange, parseQueryFormat, type QueryFormat } from './query-format.ts'
export type { AddressData } from './record/address.ts'
export type { CaaData } from './record/caa.ts'
export { escapeOctets, formatCharacterString, unescapeText } from './record/character-string.ts'
export type { RdataCodec } from './record/codec.ts'
export type { DnskeyData, DsData } from './record/dnssec-key.ts'
export type { SshfpData, TlsaData } from './record/fingerprint.ts'
export type { HinfoData } from './record/hinfo.ts'
export type { LocData } from './record/loc.ts'
export {
  makeA,
  makeAaaa,
  makeCname,
  makeHinfo,
  makeMx,
  makeNs,
  makePtr,
  makeRr,
  makeSoa,
  makeSrv,
  makeTxt,
} from './record/make-rr.ts'
export type { MxData } from './record/mx.ts'
export type { NaptrData } from './record/naptr.ts'
export type { Nsec3Data, Nsec3ParamData, NsecData } from './record/nsec.ts'
export type { RdataByType } from './record/rdata.ts'
export {
  composeRdata,
  formatRdata,
  parseRdata,
  parseRdataText,
  rdataCodec,
} from './record/rdata.ts'
export type { RrTextDefaults } from './record/rr-text.ts'
export { formatRr, parseRrEntry, parseRrText } from './record/rr-text.ts'
export type { RrsigData } from './record/rrsig.ts'
export type { SoaData } from './record/soa.ts'
export type { SrvData } from './record/srv.ts'
export { type SvcParam, SvcParamKey } from './record/svc-param.ts'
export type { SvcbData } from './record/svcb.ts'
export type { TargetData } from './record/target.ts'
export { MAX_TTL_SECONDS, parseTtlText } from './record/ttl.ts'
export type { TxtData } from './record/txt.ts'
export type { UriData } from './record/uri.ts'
export { type ZoneEntry, ZoneTextError, type ZoneToken, zoneEntries } from './record/zone-text.ts'
export { isReverse, reversedAddress } from './reverse-name.ts'
export { MAX_SEARCH_DOMAINS, parseSearchList } from './search-list.ts'
export { nearest } from './suggest.ts'
export { tlsFiles } from './tls-files.ts'
export {
  createUpstreamPolicy,
  type UpstreamPolicy,
  type UpstreamPolicyName,
  upstreamPolicies,
} from './upstream-policy.ts'
export { compose, MAX_MESSAGE_SIZE, type MessageParts } from './wire/compose.ts'
export {
  composeOpt,
  EDNS_DO,
  type Edns,
  EdnsOption,
  type EdnsOptionData,
  ednsOptionsSize,
  OPT_SIZE,
  parseEdnsOptions,
} from './wire/edns.ts'
export {
  type ClientSubnet,
  type Cookie,
  composeClientSubnet,
  composeCookie,
  composeExtendedError,
  composeKeepalive,
  composeNsid,
  composePadding,
  findEdnsOption,
  type Keepalive,
  parseClientSubnet,
  parseCookie,
  parseExtendedError,
  parseKeepalive,
} from './wire/edns-data.ts'
export { FrameReader } from './wire/frame-reader.ts'
export { Flag, HEADER_SIZE, HeaderOffset } from './wire/header.ts'
export { isReplyTo } from './wire/is-reply-to.ts'
export { Message } from './wire/message.ts'
export { formatName, MAX_LABEL_SIZE, MAX_NAME_SIZE, Name, parseNameText } from './wire/name.ts'
export { foldLabel, hashName, ROOT_HASH } from './wire/name-hash.ts'
export {
  equalFold,
  LOWER,
  readUint16,
  readUint32,
  writeUint16,
  writeUint32,
} from './wire/octets.ts'
export { copyName, parseName, skipName } from './wire/parse-name.ts'
export { ParseFault, type ParseFaultCode, parseQuery } from './wire/parse-query.ts'
export {
  composeQuery,
  type Exchange,
  type Listener,
  Query,
  type QueryParts,
  type ReplyParts,
  type Transport,
} from './wire/query.ts'
export { parseRdataOctets } from './wire/rdata-names.ts'
export type { Rr, Section } from './wire/rr.ts'
export { withEdns } from './wire/with-edns.ts'
