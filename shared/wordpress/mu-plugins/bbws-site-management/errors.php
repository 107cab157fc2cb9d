<?php
/**
 * Refusals in WordPress's form, with codes that stay.
 *
 * @package BBWS\SiteManagement
 */

namespace BBWS\SiteManagement;

use WP_Error;

defined( 'ABSPATH' ) || exit;

/**
 * A refusal on its way out of the depths; routes answer it by `answered()`.
 */
final class Refusal extends \Exception {

	/**
	 * A refusal.
	 *
	 * @param int    $status  The HTTP status.
	 * @param string $error   The code that callers may branch on.
	 * @param string $message What is wrong, in words.
	 * @param array  $data    Facts for programs; never an address that is a credential.
	 */
	public function __construct( private int $status, private string $error, string $message, private array $data = array() ) {
		parent::__construct( $message );
	}

	/**
	 * The refusal as WordPress's REST server answers it.
	 */
	public function as_error(): WP_Error {
		return new WP_Error( $this->error, $this->getMessage(), array( 'status' => $this->status ) + $this->data );
	}
}

/**
 * Wraps a route's callback so that its refusals are answered.
 *
 * @param callable $callback Gets the WP_REST_Request; may throw Refusal.
 */
function answered( callable $callback ): callable {
	return static function ( $request ) use ( $callback ) {
		try {
			return rest_ensure_response( $callback( $request ) );
		} catch ( Refusal $refusal ) {
			return $refusal->as_error();
		}
	};
}
