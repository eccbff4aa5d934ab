/**
 * Functions of PostgreSQL whose effect is known. A test compares the lists with the server's catalog. Functions that
 * are missing here are assumed to do anything.
 */

import { quoteName } from "../script/name";

const names = (text: string): ReadonlySet<string> =>
  new Set(text.split(/\s+/).flatMap((name) => [name, quoteName(name)]));

/** Stable or immutable in all overloads, and null if an argument is null. */
export const STRICT_FUNCTIONS = names(
  `abs acos acosd acosh age array_dims array_length array_lower array_ndims array_reverse array_sort array_to_json
  array_upper ascii asin asind asinh atan atan2 atan2d atand atanh bit_count bit_length bool box btrim cardinality
  casefold cbrt ceil ceiling char_length character_length chr circle convert convert_from convert_to cos cosd cosh
  cot cotd crc32 crc32c current_database current_schema current_schemas current_setting current_user date date_add
  date_bin date_part date_subtract date_trunc decode degrees div encode erf erfc exp extract factorial family float4
  float8 floor gamma gcd generate_series get_bit get_byte get_current_ts_config host hostmask inet_merge initcap int2
  int4 int8 interval is_normalized isempty isfinite json_array_element json_array_element_text json_array_elements
  json_array_elements_text json_array_length json_each json_each_text json_extract_path json_extract_path_text
  json_object json_object_keys json_strip_nulls json_to_record json_typeof jsonb_array_elements
  jsonb_array_elements_text jsonb_array_length jsonb_each jsonb_each_text jsonb_extract_path jsonb_extract_path_text
  jsonb_insert jsonb_object jsonb_object_keys jsonb_path_exists jsonb_path_match jsonb_path_query
  jsonb_path_query_array jsonb_path_query_first jsonb_pretty jsonb_set jsonb_strip_nulls jsonb_to_record jsonb_typeof
  justify_days justify_hours justify_interval lcm left length lgamma ln log log10 lower lower_inc lower_inf lpad ltrim
  make_date make_interval make_time make_timestamp make_timestamptz masklen md5 min_scale mod netmask network
  normalize now numeric octet_length overlay parse_ident phraseto_tsquery pi plainto_tsquery position pow power
  quote_ident quote_literal radians regexp_count regexp_instr regexp_like regexp_match regexp_matches regexp_replace
  regexp_split_to_array regexp_split_to_table regexp_substr repeat replace reverse right round row_to_json rpad rtrim
  scale session_user set_bit set_byte set_masklen setweight sha224 sha256 sha384 sha512 sign similar_to_escape sin sind
  sinh split_part sqrt starts_with statement_timestamp strpos substr substring tan tand tanh text time timestamp
  timestamptz timezone to_char to_date to_hex to_json to_jsonb to_number to_regclass to_regnamespace to_regproc
  to_regprocedure to_regrole to_regtype to_timestamp to_tsquery to_tsvector transaction_timestamp translate
  trim_array trim_scale trunc ts_headline ts_rank ts_rank_cd txid_current unistr unnest upper upper_inc upper_inf
  uuid_extract_timestamp uuid_extract_version version websearch_to_tsquery width_bucket xml xmlcomment xmltext xpath
  xpath_exists`,
);

const NOT_STRICT = names(
  `array_append array_cat array_fill array_position array_positions array_prepend array_remove array_replace
  array_to_string col_description concat concat_ws daterange format format_type hashtext int4range int8range
  json_build_array json_build_object json_populate_record json_populate_recordset json_to_recordset jsonb_build_array
  jsonb_build_object jsonb_populate_record jsonb_populate_recordset jsonb_set_lax jsonb_to_recordset num_nonnulls
  num_nulls numrange obj_description overlaps pg_typeof quote_nullable string_to_array string_to_table tsrange
  tstzrange`,
);

/** Stable or immutable in all overloads. */
export const STEADY_FUNCTIONS: ReadonlySet<string> = new Set([...STRICT_FUNCTIONS, ...NOT_STRICT]);

/** Aggregates, window functions and volatile functions that change no rows and lock no table. */
const HARMLESS = names(
  `any_value array_agg array_sample array_shuffle avg bit_and bit_or bool_and bool_or clock_timestamp corr count
  cume_dist currval dense_rank every first_value gen_random_uuid json_agg json_object_agg jsonb_agg jsonb_object_agg lag
  last_value lastval lead max min mode nextval nth_value ntile percent_rank percentile_cont percentile_disc pg_notify pg_sleep pg_sleep_for pg_sleep_until
  random random_normal rank row_number set_config setseed setval stddev stddev_pop stddev_samp string_agg sum timeofday
  uuidv4 uuidv7 var_pop var_samp variance xmlagg
  armor bytea_to_text crypt dearmor decrypt digest encrypt gen_random_bytes gen_salt hmac pgp_sym_decrypt
  pgp_sym_encrypt similarity show_trgm unaccent uuid_generate_v1 uuid_generate_v1mc uuid_generate_v3 uuid_generate_v4
  uuid_generate_v5 uuid_nil uuid_ns_dns uuid_ns_oid uuid_ns_url uuid_ns_x500 word_similarity`,
);

const HARMLESS_PATTERN =
  /^(?:has_\w+_privilege|pg_get_\w+|pg_\w+_size|pg_size_pretty|obj_description|st_\w+)$/;

/** True if a call neither changes rows nor locks tables. A schema, such as that of an extension, is ignored. */
export function isHarmlessFunction(name: string): boolean {
  const last = name.slice(name.lastIndexOf(".") + 1);
  return STEADY_FUNCTIONS.has(name) || HARMLESS.has(last) || HARMLESS_PATTERN.test(last);
}
