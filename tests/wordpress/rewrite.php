<?php
/**
 * Rewrites addresses as a copy does, for a test: each line of the input is JSON, `{"value": …}` to be serialised or
 * `{"text": …}` to be taken as it is; each line of the output what came of it, a value unserialised again.
 *
 * A value is JSON as it is, but for `{"object": {…}}`, an object, and `{"serialised": …}`, a serialised value in a string.
 *
 * @package BBWS\SiteManagement
 */

use BBWS\SiteManagement\Addresses;

define( 'ABSPATH', __DIR__ );
require $argv[1] . '/errors.php';
require $argv[1] . '/addresses.php';

/**
 * A value as PHP has it.
 *
 * @param mixed $value As the test wrote it.
 * @return mixed
 */
function bbws_read( $value ) {
	if ( ! is_array( $value ) ) {
		return $value;
	}
	if ( array_keys( $value ) === array( 'object' ) ) {
		return (object) array_map( 'bbws_read', $value['object'] );
	}
	if ( array_keys( $value ) === array( 'serialised' ) ) {
		return serialize( bbws_read( $value['serialised'] ) );
	}
	return array_map( 'bbws_read', $value );
}

list( , , $bbws_from, $bbws_to, $bbws_from_id, $bbws_to_id ) = $argv;
$bbws_addresses = new Addresses( $bbws_from, $bbws_to, (int) $bbws_from_id, (int) $bbws_to_id );
while ( false !== ( $bbws_line = fgets( STDIN ) ) ) {
	$bbws_case = json_decode( $bbws_line, true );
	if ( array_key_exists( 'text', $bbws_case ) ) {
		$bbws_outcome = $bbws_addresses->rewritten( $bbws_case['text'] );
	} else {
		// Classes are not loaded when a site is copied: what is compared is the serialised form of both.
		$bbws_rewritten = $bbws_addresses->rewritten( serialize( bbws_read( $bbws_case['value'] ) ) );
		$bbws_outcome   = $bbws_rewritten === serialize( bbws_read( $bbws_case['expected'] ) ) ? true : $bbws_rewritten;
	}
	echo json_encode( $bbws_outcome, JSON_THROW_ON_ERROR ), "\n";
}
